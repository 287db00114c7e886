namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// Numbers messages in the order they come, and holds those that are not ready yet: what is being committed, and whatever came
/// after it. So nothing overtakes, and nothing is delivered that its publisher may still be told is lost.
/// </summary>
internal sealed class Arrivals(int priorities, long nextSequence)
{
    private readonly Queue<QueuedMessage> _waiting = [];
    private readonly int[] _spilling = new int[priorities];
    private readonly int[] _unstored = new int[priorities];

    /// <summary>The number of the next message.</summary>
    public long NextSequence { get; private set; } = nextSequence;

    public int Count => _waiting.Count;

    /// <summary>Octets of the bodies that wait.</summary>
    public long Bytes { get; private set; }

    /// <summary>Octets of properties and bodies that wait.</summary>
    public long Size { get; private set; }

    /// <summary>The lowest number that is not ready yet.</summary>
    public long First => _waiting.Count > 0 ? _waiting.Peek().Sequence : NextSequence;

    /// <summary>What waits, in order.</summary>
    public IEnumerable<QueuedMessage> Waiting => _waiting;

    public long TakeNumber() => NextSequence++;

    /// <summary>Whether messages that go to the paged tail of this priority wait: those that follow have to go there, too.</summary>
    public bool IsSpilling(byte priority) => _spilling[priority] > 0;

    /// <summary>Whether messages of this priority wait that only memory holds: no paged tail may come before them.</summary>
    public bool HasUnstored(byte priority) => _unstored[priority] > 0;

    public void Add(QueuedMessage message)
    {
        _unstored[message.Priority] += message.Stored ? 0 : 1;
        _waiting.Enqueue(message);
        Bytes += message.BodySize;
        Size += message.Message.Size;
        _spilling[message.Priority] += message.Spills ? 1 : 0;
    }

    /// <summary>The next message that waits no more, everything up to a number being committed; null where there is none.</summary>
    public QueuedMessage? TakeUpTo(long committed)
    {
        if (!_waiting.TryPeek(out var message) || (message.Stored && message.Sequence > committed))
        {
            return null;
        }

        _waiting.Dequeue();
        _unstored[message.Priority] -= message.Stored ? 0 : 1;
        Bytes -= message.BodySize;
        Size -= message.Message.Size;
        _spilling[message.Priority] -= message.Spills ? 1 : 0;
        return message;
    }
}
