using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// The messages of one priority, in three parts that follow one another by sequence number: those that consumers returned, those in
/// memory that were never delivered, and the tail that only the store holds. The parts never overlap: deliveries take the lowest
/// number, so whatever returns is lower than all that stayed.
/// </summary>
internal sealed class Band(byte priority)
{
    private readonly MessageHeap _returned = new(m => m.State == MessageState.Ready && m.Returned);
    private MessageTally _paged;

    public byte Priority { get; } = priority;

    /// <summary>In memory, whatever their state.</summary>
    public MessageWindow Window { get; } = new();

    /// <summary>Ready messages in memory.</summary>
    public long InMemory { get; private set; }

    /// <summary>Ready messages that only the store holds; they lie between <see cref="PagedFirst"/> and <see cref="PagedLast"/>.</summary>
    public long Paged => _paged.Count;

    public MessageTally PagedTally => _paged;

    public long PagedFirst { get; private set; }

    public long PagedLast { get; private set; }

    /// <summary>The next message in memory; null where there is none.</summary>
    public QueuedMessage? Peek() => _returned.Peek() ?? Window.Peek();

    /// <summary>The first of the ready messages in memory, in order; nothing changes by it.</summary>
    public IEnumerable<QueuedMessage> FirstInMemory(int most)
    {
        // What returned may have been returned twice, and stands in the heap as often.
        var returned = _returned.Messages.Distinct().OrderBy(static message => message.Sequence).Take(most);
        return returned.Concat(Unreturned()).Take(most);

        IEnumerable<QueuedMessage> Unreturned()
        {
            for (var at = 0L; Window.ElementAt(at) is { } message; at++)
            {
                if (message is { State: MessageState.Ready, Returned: false })
                {
                    yield return message;
                }
            }
        }
    }

    /// <summary>A message that arrived, or was read from the store, behind all others in memory.</summary>
    public void Append(QueuedMessage message)
    {
        InMemory++;
        message.State = MessageState.Ready;
        Window.Append(message);
    }

    /// <summary>A message that was out and is ready again, at its place.</summary>
    public void Return(QueuedMessage message)
    {
        InMemory++;
        message.State = MessageState.Ready;
        message.Returned = true;
        _returned.Push(message.Sequence, message);
    }

    /// <summary>Moves past the message that <see cref="Peek"/> showed.</summary>
    public void Pass(QueuedMessage message)
    {
        if (message.Returned)
        {
            _returned.Pop();
        }
        else
        {
            Window.Advance();
        }
    }

    /// <summary>A ready message leaves the ready ones for another state.</summary>
    public void Leave(QueuedMessage message, MessageState state)
    {
        InMemory--;
        message.State = state;
        message.Returned = false;
    }

    /// <summary>A message leaves memory.</summary>
    public void Forget(QueuedMessage message)
    {
        message.Release();
        if (ReferenceEquals(Window.Oldest, message))
        {
            Window.Trim();
        }
    }

    /// <summary>The messages between two numbers that the store alone holds, as an owner finds them.</summary>
    public void Recover(in MessageTally tally, long first, long last)
    {
        _paged = tally;
        (PagedFirst, PagedLast) = (first, last);
    }

    /// <summary>A message joins the paged tail at its end.</summary>
    public void Page(QueuedMessage message)
    {
        PagedFirst = Paged == 0 ? message.Sequence : PagedFirst;
        PagedLast = message.Sequence;
        _paged.Add(message.Durable, message.BodySize);
    }

    /// <summary>
    /// Drops the last message in memory, so that the paged tail begins with it; null where the store does not have it, or still has
    /// some behind it, up to a number, that have left: a page would bring those back.
    /// </summary>
    public QueuedMessage? PageLast(long highestLeft)
    {
        if (Window.TakeLast(highestLeft) is not { } message)
        {
            return null;
        }

        PagedFirst = message.Sequence;
        PagedLast = Paged == 0 ? message.Sequence : PagedLast;
        _paged.Add(message.Durable, message.BodySize);
        InMemory--;
        return message;
    }

    /// <summary>A message of the paged tail was read; the tail begins behind it.</summary>
    public void Unpage(QueuedMessage message)
    {
        _paged.Remove(message.Durable, message.BodySize);
        PagedFirst = message.Sequence + 1;
    }

    /// <summary>A message in the middle of the paged tail is taken out of it.</summary>
    public void TakeFromTail(QueuedMessage message) => _paged.Remove(message.Durable, message.BodySize);

    /// <summary>Nothing of the paged tail is below this number any more.</summary>
    public void SkipTo(long sequence) => PagedFirst = Math.Max(PagedFirst, sequence);

    /// <summary>Adds the ready messages to a census.</summary>
    public void Count(QueueCensus census)
    {
        for (var i = 0L; Window.ElementAt(i) is { } message; i++)
        {
            if (message.State == MessageState.Ready)
            {
                census.Ready.Add(message.Position);
            }
        }

        if (Paged > 0)
        {
            census.Paged.Add(new MessageRange(Priority, PagedFirst, PagedLast));
            census.PagedCount += Paged;
        }
    }

    /// <summary>The paged tail is no more.</summary>
    public void ClearTail() => _paged = default;
}
