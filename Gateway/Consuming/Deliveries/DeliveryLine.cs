using System.Diagnostics.CodeAnalysis;
using OrleansBroker.ClientLib.Consuming;

namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>
/// A channel's consumers for whom something waits to be written: in line for their turn, or held back by the limit that they share. It
/// also knows whether somebody writes just now: whoever gets true from a method has to see to it that somebody does. One short lock.
/// </summary>
internal sealed class DeliveryLine
{
    private readonly Lock _gate = new();
    private readonly Queue<ChannelConsumer> _line = new();
    private readonly List<ChannelConsumer> _blocked = [];
    private bool _isRunning;
    private bool _isPaused;
    private bool _isClosed;

    /// <summary>Whether nothing is written any more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Puts a batch down for a consumer.</summary>
    public Addition Add(ChannelConsumer consumer, PendingRun run)
    {
        var count = run.Messages.Length - run.At;
        lock (_gate)
        {
            if (consumer.State == ChannelConsumerState.Closed || _isClosed || (consumer.Withheld is { } withheld && withheld == run.Holder))
            {
                return Addition.TooLate;
            }

            // A consumer without acknowledgements keeps what it holds when it attaches again, hence twice.
            if (run.Holder is not null && consumer.PendingMessages + count > 2 * (long)consumer.LargestWindow)
            {
                return Addition.TooMany;
            }

            consumer.Pending.Enqueue(run);
            consumer.PendingMessages += count;
            return consumer.State == ChannelConsumerState.Open && Join(consumer) ? Addition.Starts : Addition.Waits;
        }
    }

    /// <summary>From now on the consumer has its turns.</summary>
    public bool Open(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            if (consumer.State != ChannelConsumerState.Opening)
            {
                return false;
            }

            consumer.State = ChannelConsumerState.Open;
            return consumer.Pending.Count > 0 && Join(consumer);
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

    /// <summary>Ends a consumer's turns; returns what was not written.</summary>
    public PendingRun[] Close(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            consumer.State = ChannelConsumerState.Closed;
            PendingRun[] unsent = [.. consumer.Pending];
            consumer.Pending.Clear();
            consumer.PendingMessages = 0;
            consumer.IsBlocked = false;
            consumer.Drained?.TrySetResult();
            _blocked.Remove(consumer);
            return unsent;
        }
    }

    /// <summary>Ends everybody's turns.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>Stops or resumes the turns.</summary>
    public bool SetFlow(bool active)
    {
        lock (_gate)
        {
            _isPaused = !active;
            if (active)
            {
                return _line.Count > 0 && TryStart();
            }

            foreach (var consumer in _line)
            {
                consumer.Drained?.TrySetResult();
            }

            return false;
        }
    }

    /// <summary>Whose turn it is; null, and nobody writes any more, where it is nobody's.</summary>
    public ChannelConsumer? Next()
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

    /// <summary>Whether whoever writes should go on.</summary>
    public bool GoesOn()
    {
        lock (_gate)
        {
            return _isRunning = _line.Count > 0 && !_isPaused && !_isClosed;
        }
    }

    /// <summary>What to write from; passes over what dead attachments left, which the queue delivers again.</summary>
    public bool TryTake(ChannelConsumer consumer, [NotNullWhen(true)] out PendingRun? run)
    {
        lock (_gate)
        {
            if (_isPaused)
            {
                // Since its turn came. It keeps its place in line, or gets the last one.
                _line.Enqueue(consumer);
                consumer.Drained?.TrySetResult();
                run = null;
                return false;
            }

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

    /// <summary>Messages of the run are written: the consumer leaves, or goes to the end of the line. Only who writes calls it.</summary>
    public void Written(ChannelConsumer consumer, PendingRun run, int count)
    {
        lock (_gate)
        {
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

    /// <summary>The shared limit holds the consumer back.</summary>
    public void Block(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            consumer.IsBlocked = true;
            consumer.Drained?.TrySetResult();
            _blocked.Add(consumer);
        }
    }

    /// <summary>
    /// Takes what the shared limit holds back, for others to get it. Until there is room nothing more is to come for those consumers;
    /// what is on its way is too late.
    /// </summary>
    public List<(ChannelConsumer Consumer, PendingRun[] Runs)> TakeBlocked()
    {
        List<(ChannelConsumer, PendingRun[])> taken = [];
        lock (_gate)
        {
            foreach (var consumer in _blocked)
            {
                if (consumer.Pending.Count > 0 && consumer.Pending.Last().Holder is { } holder)
                {
                    taken.Add((consumer, [.. consumer.Pending]));
                    consumer.Pending.Clear();
                    consumer.PendingMessages = 0;
                    consumer.Withheld = holder;
                    consumer.Withholding = holder.Link.Settling.WithholdAsync(holder);
                }
            }
        }

        return taken;
    }

    /// <summary>What is on its way to the consumer is in time again; the attachment whose credit was withheld.</summary>
    public Attachment? Restore(ChannelConsumer consumer)
    {
        lock (_gate)
        {
            var withheld = consumer.Withheld;
            consumer.Withheld = null;
            return withheld;
        }
    }

    /// <summary>The shared limit has room again; whose credit was withheld is told.</summary>
    public bool Unblock(out List<ChannelConsumer>? withheld)
    {
        withheld = null;
        lock (_gate)
        {
            foreach (var consumer in _blocked)
            {
                consumer.IsBlocked = false;
                _line.Enqueue(consumer);
                if (consumer.Withheld is not null)
                {
                    (withheld ??= []).Add(consumer);
                }
            }

            var any = _blocked.Count > 0;
            _blocked.Clear();
            return any && TryStart();
        }
    }

    private static void Leave(ChannelConsumer consumer)
    {
        consumer.IsInLine = false;
        consumer.Drained?.TrySetResult();
    }

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
}

/// <summary>What became of a batch that a queue brought.</summary>
internal enum Addition
{
    /// <summary>It waits for its turn.</summary>
    Waits,
    /// <summary>It waits, and the caller has to see to it that somebody writes.</summary>
    Starts,
    /// <summary>The consumer ended, or gets nothing for now.</summary>
    TooLate,
    /// <summary>It is more than the consumer was granted.</summary>
    TooMany,
}
