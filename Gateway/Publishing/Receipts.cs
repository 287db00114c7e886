using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>A group that was handed to the publisher.</summary>
/// <param name="First">The first message's number on the channel; 0 where nothing is confirmed.</param>
/// <param name="Count">How many messages there are.</param>
/// <param name="Confirmed">Completes when their fate is known.</param>
/// <param name="Group">The group that they are of.</param>
/// <param name="Start">The first one's index there.</param>
internal readonly record struct Receipt(ulong First, int Count, Task<PublishResult> Confirmed, PublishGroup Group, int Start);

/// <summary>
/// What became of a channel's publishes, and the only writer of its confirms. It goes through the receipts in their order: returns
/// first, then acks, as many as have become known in one frame, and never past a message whose fate is not known.
/// </summary>
internal sealed class Receipts(ChannelOutput output, string virtualHost, MessageCounters counters, Action<AmqpError> fail, CancellationToken ended)
{
    private readonly Lock _lock = new();
    private readonly Queue<Receipt> _queue = new();
    private TaskCompletionSource? _drained;
    private bool _runs;

    // The last message that is acked by what has not been written yet, and the last that was confirmed either way.
    private ulong _acked;
    private ulong _written;

    /// <summary>The last message that was confirmed either way.</summary>
    public ulong Confirmed => Volatile.Read(ref _written);

    /// <summary>Takes a receipt; they come in the order of their messages.</summary>
    public void Add(in Receipt receipt)
    {
        lock (_lock)
        {
            if (!_runs && receipt.First == 0 && receipt.Confirmed.IsCompletedSuccessfully && receipt.Confirmed.Result.Exceptions.Length == 0)
            {
                return;
            }

            _queue.Enqueue(receipt);
            if (_runs)
            {
                return;
            }

            _runs = true;
        }

        _ = RunAsync();
    }

    /// <summary>Completes when the fate of all messages so far is known and told.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            return _runs ? (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (TryTake(out var receipt))
            {
                await SettleAsync(receipt, await ResultOf(receipt));
                if (!NextIsKnown())
                {
                    WriteAcks();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended while a return waited for room: nobody is left to be told.
            Stop();
        }
    }

    private async Task<PublishResult> ResultOf(Receipt receipt)
    {
        try
        {
            return await receipt.Confirmed.WaitAsync(ended);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The silo stops: the messages may be there or not.
            return new PublishResult
            {
                Exceptions = [.. Enumerable.Range(0, receipt.Count).Select(i => new PublishException(i, PublishOutcome.Unknown))],
            };
        }
    }

    private async ValueTask SettleAsync(Receipt receipt, PublishResult result)
    {
        foreach (var (index, outcome) in result.Exceptions)
        {
            var number = receipt.First == 0 ? 0 : receipt.First + (ulong)index;
            if (PublishRefusals.Of(outcome, receipt.Group[receipt.Start + index], virtualHost) is { } error)
            {
                Acknowledge(number == 0 ? 0 : number - 1);
                WriteAcks();
                fail(error);
                return;
            }

            if (outcome == PublishOutcome.Unroutable)
            {
                if (receipt.Group.Mandatory?.BinarySearch(receipt.Start + index) >= 0)
                {
                    await output.WaitForRoomAsync(ended);
                    counters.Add(MessageCount.ReturnUnroutable, 1);
                    Return(receipt.Group[receipt.Start + index]);
                }
                else
                {
                    counters.Add(MessageCount.DropUnroutable, 1);
                }
            }
            else if (number != 0)
            {
                Acknowledge(number - 1);
                WriteAcks();
                Nack(number);
            }
        }

        Acknowledge(receipt.First == 0 ? 0 : receipt.First + (ulong)receipt.Count - 1);
    }

    private void Acknowledge(ulong last) => _acked = Math.Max(_acked, last);

    private void WriteAcks()
    {
        if (_acked <= _written)
        {
            return;
        }

        counters.Add(MessageCount.Confirm, (long)(_acked - _written));
        var ack = new BasicAck(_acked, Multiple: _acked - _written > 1);
        _written = _acked;
        output.Write(ack);
    }

    private void Nack(ulong number)
    {
        _acked = _written = number;
        output.Write(new BasicNack(number, BasicNackFlags.None));
    }

    private void Return(BrokerMessage returned) =>
        output.Write((output, message: returned), static (state, writer) =>
        {
            var message = state.message;
            Span<byte> names = stackalloc byte[2 * byte.MaxValue];
            var exchange = System.Text.Encoding.UTF8.GetBytes(message.Exchange, names);
            var key = System.Text.Encoding.UTF8.GetBytes(message.RoutingKey, names[exchange..]);
            var method = new BasicReturn
            {
                ReplyCode = ReplyCodes.NoRoute,
                ReplyText = "NO_ROUTE"u8,
                Exchange = names[..exchange],
                RoutingKey = names.Slice(exchange, key),
            };
            ContentWriter.Write(writer, state.output.Channel, in method, message.Properties.Span, message.Body.Span, state.output.FrameMax);
        });

    private bool TryTake(out Receipt receipt)
    {
        lock (_lock)
        {
            if (_queue.TryDequeue(out receipt))
            {
                return true;
            }

            Finish();
            return false;
        }
    }

    private bool NextIsKnown()
    {
        lock (_lock)
        {
            return _queue.TryPeek(out var next) && next.Confirmed.IsCompletedSuccessfully;
        }
    }

    private void Stop()
    {
        lock (_lock)
        {
            _queue.Clear();
            Finish();
        }
    }

    private void Finish()
    {
        _runs = false;
        _drained?.TrySetResult();
        _drained = null;
    }
}
