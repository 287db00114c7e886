namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// Messages that left the middle of the paged tail (they expired there) and still stand in the store, until their removal is
/// committed. A page that is read meanwhile must not bring them back.
/// </summary>
internal sealed class TakenFromTail
{
    private readonly Dictionary<long, byte> _taken = [];
    private readonly Queue<(long Write, long Sequence)> _leaving = [];
    private long _lowest = long.MaxValue;

    public int Count => _taken.Count;

    public bool Contains(long sequence) => _taken.ContainsKey(sequence);

    /// <summary>A number that none of them is below.</summary>
    public long LowerBound => _taken.Count > 0 ? _lowest : long.MaxValue;

    /// <summary>Their numbers in one priority, ascending.</summary>
    public IEnumerable<long> Of(byte priority) => _taken.Where(t => t.Value == priority).Select(t => t.Key).Order();

    public void Add(QueuedMessage message)
    {
        _lowest = _taken.Count == 0 ? message.Sequence : Math.Min(_lowest, message.Sequence);
        _taken[message.Sequence] = message.Priority;
    }

    /// <summary>Its removal stands in a write.</summary>
    public void Leaves(QueuedMessage message, long write) => _leaving.Enqueue((write, message.Sequence));

    /// <summary>A write is committed.</summary>
    public void Committed(long write)
    {
        while (_leaving.TryPeek(out var next) && next.Write <= write)
        {
            _taken.Remove(_leaving.Dequeue().Sequence);
        }
    }
}
