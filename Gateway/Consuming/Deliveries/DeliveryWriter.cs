using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>
/// Writes what queues deliver to a channel's consumers: in turn, a chunk of one consumer's at a time, when the connection has room. One
/// thread writes at a time; queues only put down what they bring. Under the writing lock tags are given and frames are written, so that
/// tags leave in their order and nothing leaves after a cancel-ok.
/// </summary>
internal sealed partial class DeliveryWriter(
    IChannelOutput output, ChannelLedger ledger, MessageCounters counters, TimeProvider time, ILogger logger, CancellationToken closing)
{
    // A batch this small is written by the thread that brings it: that costs less than waking another one.
    private const int WrittenAtOnce = 32;

    private static readonly TimeSpan RoomPause = TimeSpan.FromMilliseconds(20);

    private readonly Lock _writing = new();
    private readonly DeliveryLine _line = new();
    private readonly DeliveryFrames _frames = new(output);

    /// <summary>Takes a batch for a consumer; false where it has more than it was granted.</summary>
    public bool TryAdd(ChannelConsumer consumer, PendingRun run)
    {
        switch (_line.Add(consumer, run))
        {
            case Addition.TooMany:
                return false;
            case Addition.TooLate:
                Return(consumer, run);
                break;
            case Addition.Starts when run.Messages.Length <= WrittenAtOnce:
                _ = RunAsync(isGuest: true);
                break;
            case Addition.Starts:
                StartElsewhere();
                break;
        }

        return true;
    }

    /// <summary>Writes the answer to a consume, and from then on what comes for the consumer.</summary>
    public void Open(ChannelConsumer consumer, Action? answer)
    {
        bool starts;
        lock (_writing)
        {
            answer?.Invoke();
            starts = _line.Open(consumer);
        }

        if (starts)
        {
            StartElsewhere();
        }
    }

    /// <summary>Completes when all that came for the consumer is written, or cannot be for now.</summary>
    public Task DrainAsync(ChannelConsumer consumer) => _line.DrainAsync(consumer);

    /// <summary>Writes nothing more for the consumer, then the answer; what was not written returns to the queue.</summary>
    public void Close(ChannelConsumer consumer, Action? answer)
    {
        PendingRun[] unsent;
        lock (_writing)
        {
            unsent = _line.Close(consumer);
            if (!_line.IsClosed)
            {
                answer?.Invoke();
            }
        }

        foreach (var run in unsent)
        {
            Return(consumer, run);
        }
    }

    /// <summary>Writes nothing more at all.</summary>
    public void Close()
    {
        lock (_writing)
        {
            _line.Close();
        }
    }

    /// <summary>Writes frames in their order with the deliveries.</summary>
    public void Write<TState>(TState state, Action<TState> write)
    {
        lock (_writing)
        {
            if (!_line.IsClosed)
            {
                write(state);
            }
        }
    }

    /// <summary>Stops or resumes writing (channel.flow).</summary>
    public void SetFlow(bool active)
    {
        if (_line.SetFlow(active))
        {
            StartElsewhere();
        }
    }

    /// <summary>The shared limit has room again.</summary>
    public void Unblock()
    {
        if (_line.Unblock())
        {
            StartElsewhere();
        }
    }

    /// <summary>A consumer without acknowledgements attaches again when most of what a dead attachment left is written.</summary>
    public async ValueTask MakeRoomAsync(ChannelConsumer consumer, CancellationToken cancellationToken)
    {
        while (consumer.NoAck && !_line.IsClosed && consumer.PendingMessages > consumer.LargestWindow)
        {
            await Task.Delay(RoomPause, time, cancellationToken);
        }
    }

    private void StartElsewhere() =>
        ThreadPool.UnsafeQueueUserWorkItem(static writer => _ = writer.RunAsync(isGuest: false), this, preferLocal: false);

    /// <summary>Writes what is in line. A guest, the thread of a queue, writes one chunk and leaves the rest to another thread.</summary>
    private async Task RunAsync(bool isGuest)
    {
        try
        {
            while (true)
            {
                await output.WaitForRoomAsync(closing);
                if (_line.Next() is not { } consumer)
                {
                    return;
                }

                WriteChunk(consumer);
                if (isGuest)
                {
                    break;
                }
            }

            if (_line.GoesOn())
            {
                StartElsewhere();
            }
        }
        catch (OperationCanceledException)
        {
            // The channel or its connection closes: what was not written returns with them.
            Close();
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, output.Channel);
            Close();
        }
    }

    private void WriteChunk(ChannelConsumer consumer)
    {
        lock (_writing)
        {
            if (!_line.TryTake(consumer, out var run))
            {
                return;
            }

            var fitting = _frames.Fit(consumer.TagOctets, run, out var octets);
            var count = fitting;
            ulong tag;
            if (consumer.NoAck || run.Holder is null)
            {
                tag = ledger.Pass(count);
            }
            else if ((count = ledger.Reserve(run.Holder, run.FirstNumber + run.At, fitting, out tag)) == 0)
            {
                Block(consumer);
                return;
            }

            _frames.Write(consumer.TagOctets, run, count, tag, octets: count == fitting ? octets : null);
            counters.Add(consumer.NoAck ? MessageCount.DeliverNoAck : MessageCount.Deliver, count);
            counters.Add(MessageCount.Redeliver, run.RedeliveredIn(count));
            _line.Written(consumer, run, count);
            Renew(consumer, run.Holder, count, DeliveryWindow.For(octets, fitting));
        }
    }

    private void Block(ChannelConsumer consumer)
    {
        _line.Block(consumer);
        // A settlement may have come in between.
        if (ledger.HasRoom)
        {
            Unblock();
        }
    }

    /// <summary>Grants a consumer without a limit more, as its messages are written.</summary>
    private static void Renew(ChannelConsumer consumer, Attachment? holder, int count, int window)
    {
        if (holder is null)
        {
            return;
        }

        holder.Processed += count;
        if (consumer.Consumer is { IsCreditBySettling: false })
        {
            consumer.SetWindow(window, isCreditBySettling: false);
            if (holder.Told == 0 || holder.Processed - holder.Told >= window / 2)
            {
                holder.Link.Settling.Grant(holder, holder.Processed);
            }
        }
    }

    private void Return(ChannelConsumer consumer, PendingRun run)
    {
        if (!consumer.NoAck && run.Holder is { } holder && run.At < run.Messages.Length)
        {
            ledger.ReturnUnsent(holder, run.FirstNumber + run.At, run.FirstNumber + run.Messages.Length - 1);
        }
    }

    [LoggerMessage(3201, LogLevel.Error, "Deliveries to channel {Channel} cannot be written; nothing more is")]
    private static partial void LogFailed(ILogger logger, Exception exception, ushort channel);
}
