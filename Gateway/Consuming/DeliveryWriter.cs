using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Gateway.Channels;

namespace OrleansBroker.Gateway.Consuming;

/// <summary>
/// Writes what queues deliver to a channel's consumers: in turn, a chunk of one consumer's at a time, when the connection has room. One
/// thread writes at a time; queues only put down what they bring.
/// </summary>
/// <remarks>
/// Two locks. Under <c>_writing</c> tags are given and frames are written, so that tags leave in their order and nothing leaves after a
/// cancel-ok; under <c>_gate</c>, the inner and short one, batches are put down and taken up.
/// </remarks>
internal sealed partial class DeliveryWriter(
    IChannelOutput output, ChannelLedger ledger, TimeProvider time, ILogger logger, CancellationToken closing)
{
    // A batch this small is written by the thread that brings it: that costs less than waking another one.
    private const int WrittenAtOnce = 32;

    private static readonly TimeSpan RoomPause = TimeSpan.FromMilliseconds(20);

    private readonly Lock _writing = new();
    private readonly Lock _gate = new();
    private readonly Queue<ChannelConsumer> _line = new();
    private readonly List<ChannelConsumer> _blocked = [];
    private readonly DeliveryFrames _frames = new(output);
    private bool _isRunning;
    private bool _isPaused;
    private bool _isClosed;

    /// <summary>Takes a batch for a consumer; false where it has more than it was granted.</summary>
    public bool TryAdd(ChannelConsumer consumer, PendingRun run)
    {
        var count = run.Messages.Length - run.At;
        bool starts;
        lock (_gate)
        {
            if (consumer.State != ChannelConsumerState.Closed && !_isClosed)
            {
                // A consumer without acknowledgements keeps what it holds when it attaches again, hence twice.
                if (consumer.PendingMessages + count > 2 * (long)consumer.LargestWindow && run.Holder is not null)
                {
                    return false;
                }

                consumer.Pending.Enqueue(run);
                consumer.PendingMessages += count;
                starts = consumer.State == ChannelConsumerState.Open && Join(consumer);
                count = 0;
            }
            else
            {
                starts = false;
            }
        }

        if (count > 0)
        {
            Return(consumer, run);
        }
        else if (starts && run.Messages.Length <= WrittenAtOnce)
        {
            _ = RunAsync(isGuest: true);
        }
        else if (starts)
        {
            StartElsewhere();
        }

        return true;
    }

    /// <summary>Writes the answer to a consume, and what came for the consumer meanwhile.</summary>
    public void Open(ChannelConsumer consumer, Action? answer)
    {
        bool starts;
        lock (_writing)
        {
            answer?.Invoke();
            lock (_gate)
            {
                if (consumer.State == ChannelConsumerState.Opening)
                {
                    consumer.State = ChannelConsumerState.Open;
                }

                starts = consumer.State == ChannelConsumerState.Open && consumer.Pending.Count > 0 && Join(consumer);
            }
        }

        if (starts)
        {
            StartElsewhere();
        }
    }

    /// <summary>Completes when all that came for the consumer is written, or cannot be for now.</summary>
    public Task DrainAsync(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            return consumer.Pending.Count == 0 || !consumer.IsInLine || consumer.IsBlocked || _isPaused || _isClosed
                ? Task.CompletedTask
                : (consumer.Drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Writes nothing more for the consumer, then the answer; what was not written returns to the queue.</summary>
    public void Close(ChannelConsumer consumer, Action? answer)
    {
        PendingRun[] unsent;
        lock (_writing)
        {
            lock (_gate)
            {
                consumer.State = ChannelConsumerState.Closed;
                unsent = [.. consumer.Pending];
                consumer.Pending.Clear();
                consumer.PendingMessages = 0;
                _blocked.Remove(consumer);
                consumer.IsBlocked = false;
                consumer.Drained?.TrySetResult();
                answer = _isClosed ? null : answer;
            }

            answer?.Invoke();
        }

        foreach (var run in unsent)
        {
            Return(consumer, run);
        }
    }

    /// <summary>Writes frames in their order with the deliveries.</summary>
    public void Write<TState>(TState state, Action<TState> write)
    {
        lock (_writing)
        {
            if (!_isClosed)
            {
                write(state);
            }
        }
    }

    /// <summary>Stops or resumes writing (channel.flow).</summary>
    public void SetFlow(bool active)
    {
        lock (_gate)
        {
            _isPaused = !active;
            if (_isPaused)
            {
                foreach (var consumer in _line)
                {
                    consumer.Drained?.TrySetResult();
                }
            }
            else if (_line.Count == 0 || !TryStart())
            {
                return;
            }
        }

        if (active)
        {
            StartElsewhere();
        }
    }

    /// <summary>The shared limit has room again.</summary>
    public void Unblock()
    {
        lock (_gate)
        {
            if (_blocked.Count == 0)
            {
                return;
            }

            foreach (var consumer in _blocked)
            {
                consumer.IsBlocked = false;
                _line.Enqueue(consumer);
            }

            _blocked.Clear();
            if (!TryStart())
            {
                return;
            }
        }

        StartElsewhere();
    }

    /// <summary>Writes nothing more at all.</summary>
    public void Close()
    {
        lock (_writing)
        {
            lock (_gate)
            {
                _isClosed = true;
            }
        }
    }

    /// <summary>Drops what a dead attachment left; a consumer without acknowledgements waits until most of it is written.</summary>
    public async ValueTask MakeRoomAsync(ChannelConsumer consumer, CancellationToken cancellationToken)
    {
        while (consumer.NoAck && Volatile.Read(ref _isClosed) is false && consumer.PendingMessages > consumer.LargestWindow)
        {
            await Task.Delay(RoomPause, time, cancellationToken);
        }
    }

    /// <summary>Puts the consumer in line; whether the caller has to see to it that somebody writes. Under the gate.</summary>
    private bool Join(ChannelConsumer consumer)
    {
        if (consumer.IsInLine)
        {
            return false;
        }

        consumer.IsInLine = true;
        _line.Enqueue(consumer);
        return TryStart();
    }

    private bool TryStart() => !_isRunning && !_isPaused && !_isClosed && (_isRunning = true);

    private void StartElsewhere() =>
        ThreadPool.UnsafeQueueUserWorkItem(static writer => _ = writer.RunAsync(isGuest: false), this, preferLocal: false);

    private void StartElsewhereIfMore()
    {
        lock (_gate)
        {
            if (_line.Count == 0 || _isPaused || _isClosed)
            {
                _isRunning = false;
                return;
            }
        }

        StartElsewhere();
    }

    /// <summary>Writes what is in line. A guest, the thread of a queue, writes one chunk and leaves the rest to another thread.</summary>
    private async Task RunAsync(bool isGuest)
    {
        try
        {
            while (true)
            {
                await output.WaitForRoomAsync(closing);
                if (Next() is not { } consumer)
                {
                    return;
                }

                WriteChunk(consumer);
                if (isGuest)
                {
                    StartElsewhereIfMore();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
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

    /// <summary>Whose turn it is; null, and nobody writes any more, where it is nobody's.</summary>
    private ChannelConsumer? Next()
    {
        lock (_gate)
        {
            if (_isPaused || _isClosed || !_line.TryDequeue(out var consumer))
            {
                _isRunning = false;
                return null;
            }

            return consumer;
        }
    }

    private void WriteChunk(ChannelConsumer consumer)
    {
        lock (_writing)
        {
            if (!TryTakeRun(consumer, out var run))
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
            Advance(consumer, count);
            Renew(consumer, run.Holder, count, octets, fitting);
        }
    }

    /// <summary>The run to write from; drops those of dead attachments, which the queue delivers again.</summary>
    private bool TryTakeRun(ChannelConsumer consumer, [NotNullWhen(true)] out PendingRun? run)
    {
        lock (_gate)
        {
            while (consumer.Pending.TryPeek(out run) && !consumer.NoAck && run.Holder is { IsDead: true })
            {
                consumer.Pending.Dequeue();
                consumer.PendingMessages -= run.Messages.Length - run.At;
            }

            if (run is not null && consumer.State == ChannelConsumerState.Open && !_isClosed)
            {
                return true;
            }

            Leave(consumer);
            return false;
        }
    }

    private void Advance(ChannelConsumer consumer, int count)
    {
        lock (_gate)
        {
            // Nobody else takes from it while this thread writes.
            var run = consumer.Pending.Peek();
            run.At += count;
            consumer.PendingMessages -= count;
            if (run.At == run.Messages.Length)
            {
                consumer.Pending.Dequeue();
            }

            if (consumer.Pending.Count > 0)
            {
                _line.Enqueue(consumer);
            }
            else
            {
                Leave(consumer);
            }
        }
    }

    private static void Leave(ChannelConsumer consumer)
    {
        consumer.IsInLine = false;
        consumer.Drained?.TrySetResult();
    }

    private void Block(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            consumer.IsBlocked = true;
            consumer.Drained?.TrySetResult();
            _blocked.Add(consumer);
        }

        // A settlement may have come in between.
        if (ledger.HasRoom)
        {
            Unblock();
        }
    }

    /// <summary>Grants a consumer without a limit more, as its messages are written.</summary>
    private static void Renew(ChannelConsumer consumer, Attachment? holder, int count, int octets, int measured)
    {
        if (holder is null)
        {
            return;
        }

        holder.Processed += count;
        if (consumer.Consumer is { IsCreditBySettling: false } at)
        {
            consumer.SetWindow(DeliveryWindow.For(octets, measured), isCreditBySettling: false);
            if (holder.Processed - holder.Told >= at.Window / 2 || holder.Told == 0)
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
