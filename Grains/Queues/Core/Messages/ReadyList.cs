using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>The queue's order: a band per priority, the highest first. Keeps the counts of all that is ready.</summary>
internal sealed class ReadyList(int priorities)
{
    private readonly Band?[] _bands = new Band?[priorities];
    // No band above this one has a ready message.
    private int _top = -1;

    /// <summary>Ready messages, paged ones included.</summary>
    public long Count { get; private set; }

    /// <summary>Octets of the bodies of ready messages.</summary>
    public long Bytes { get; private set; }

    /// <summary>Ready messages in memory.</summary>
    public long InMemory { get; private set; }

    /// <summary>Octets (properties and bodies) of the ready messages in memory.</summary>
    public long InMemoryBytes { get; private set; }

    /// <summary>A place per priority, the lowest first; null where that priority was never used.</summary>
    public ReadOnlySpan<Band?> Bands => _bands;

    /// <summary>The band of a priority.</summary>
    public Band this[byte priority] => _bands[priority] ??= new Band(priority);

    /// <summary>The highest band that has a ready message; null where none has.</summary>
    public Band? Top
    {
        get
        {
            for (; _top >= 0; _top--)
            {
                if (_bands[_top] is { } band && band.InMemory + band.Paged > 0)
                {
                    return band;
                }
            }

            return null;
        }
    }

    /// <summary>Whether there are ready messages but the first of them is in the store.</summary>
    public bool HeadMissing => Top is { InMemory: 0 };

    /// <summary>The message to deliver next; null where there is none, or <see cref="HeadMissing"/>.</summary>
    public QueuedMessage? Peek() => Top is { InMemory: > 0 } band ? band.Peek() : null;

    /// <summary>When the oldest ready message in memory was enqueued; null where none is in memory.</summary>
    public long? OldestAt()
    {
        long? oldest = null;
        foreach (var band in _bands)
        {
            // Within a priority the first to be delivered came first.
            if (band is { InMemory: > 0 } && band.Peek() is { } first && (oldest is null || first.EnqueuedAt < oldest))
            {
                oldest = first.EnqueuedAt;
            }
        }

        return oldest;
    }

    /// <summary>A message becomes ready behind all others of its priority.</summary>
    public void Append(QueuedMessage message)
    {
        this[message.Priority].Append(message);
        Entered(message);
    }

    /// <summary>A message becomes ready again at its place.</summary>
    public void Return(QueuedMessage message)
    {
        this[message.Priority].Return(message);
        Entered(message);
    }

    /// <summary>A message becomes ready in the store alone.</summary>
    public void Page(QueuedMessage message)
    {
        this[message.Priority].Page(message);
        Count++;
        Bytes += message.BodySize;
        _top = Math.Max(_top, message.Priority);
        message.Release();
    }

    /// <summary>Ready messages that an owner finds in the store.</summary>
    public void Recover(byte priority, in MessageTally tally, long first, long last)
    {
        this[priority].Recover(tally, first, last);
        Count += tally.Count;
        Bytes += tally.Bytes;
        _top = Math.Max(_top, priority);
    }

    /// <summary>A message of the paged tail comes to memory.</summary>
    public void Unpage(QueuedMessage message)
    {
        var band = this[message.Priority];
        band.Unpage(message);
        band.Append(message);
        InMemory++;
        InMemoryBytes += message.Message.Size;
    }

    /// <summary>A message leaves the middle of the paged tail; it is ready no more.</summary>
    public void TakeFromTail(QueuedMessage message)
    {
        this[message.Priority].TakeFromTail(message);
        Count--;
        Bytes -= message.BodySize;
    }

    /// <summary>Empties a band's paged tail and says what it held.</summary>
    public MessageTally ClearTail(Band band)
    {
        var tally = band.PagedTally;
        band.ClearTail();
        Count -= tally.Count;
        Bytes -= tally.Bytes;
        return tally;
    }

    /// <summary>Takes the message that <see cref="Peek"/> showed.</summary>
    public void Take(QueuedMessage message)
    {
        this[message.Priority].Pass(message);
        Leave(message, MessageState.Unacked);
    }

    /// <summary>A ready message in memory leaves for another state.</summary>
    public void Leave(QueuedMessage message, MessageState state)
    {
        Count--;
        Bytes -= message.BodySize;
        InMemory--;
        InMemoryBytes -= message.Message.Size;
        this[message.Priority].Leave(message, state);
    }

    /// <summary>A message that is not ready any more leaves memory.</summary>
    public void Forget(QueuedMessage message) => this[message.Priority].Forget(message);

    /// <summary>
    /// Moves one message of the lowest bands below this priority back to the store alone, where memory holds more than it may, and
    /// returns it; null where there is none to move.
    /// </summary>
    public QueuedMessage? PageBelow(byte priority, QueueLimits limits, Arrivals arrivals, TakenFromTail taken)
    {
        for (var i = 0; i < priority && (InMemory > limits.HeadMessages || InMemoryBytes > limits.HeadBytes); i++)
        {
            if (_bands[i] is { } band && !arrivals.HasUnstored(band.Priority) && band.PageLast(taken.HighestLeft(band.Priority)) is { } message)
            {
                InMemory--;
                InMemoryBytes -= message.Message.Size;
                message.Release();
                return message;
            }
        }

        return null;
    }

    /// <summary>Another copy of a message's bytes takes its place.</summary>
    public void Replace(QueuedMessage message, BrokerMessage copy)
    {
        if (message.State == MessageState.Ready)
        {
            InMemoryBytes += copy.Size - message.Message.Size;
        }

        message.Message = copy;
    }

    private void Entered(QueuedMessage message)
    {
        Count++;
        Bytes += message.BodySize;
        InMemory++;
        InMemoryBytes += message.Message.Size;
        _top = Math.Max(_top, message.Priority);
    }
}
