namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// Messages that left the middle of the paged tail (they expired there) and still stand in the store, until their removal is
/// committed. A page that is read meanwhile must not bring them back. For messages that left memory it knows only how far they reach:
/// the tail must not come to begin before them.
/// </summary>
internal sealed class TakenFromTail
{
    private readonly Dictionary<long, byte> _taken = [];
    private readonly Queue<(long Write, long Sequence)> _leaving = [];
    private long _lowest = long.MaxValue;
    private (long Write, long Highest)[] _left = new (long, long)[1];
    private long _committed;

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

    /// <summary>A message's removal stands in a write, wherever it left.</summary>
    public void Left(QueuedMessage message, long write)
    {
        if (message.Priority >= _left.Length)
        {
            Array.Resize(ref _left, message.Priority + 1);
        }

        ref var left = ref _left[message.Priority];
        left = (write, left.Write > _committed ? Math.Max(left.Highest, message.Sequence) : message.Sequence);
    }

    /// <summary>The highest number in a priority whose removal is not committed; 0 where there is none.</summary>
    public long HighestLeft(byte priority) => priority < _left.Length && _left[priority].Write > _committed ? _left[priority].Highest : 0;

    /// <summary>A write is committed.</summary>
    public void Committed(long write)
    {
        _committed = write;
        while (_leaving.TryPeek(out var next) && next.Write <= write)
        {
            _taken.Remove(_leaving.Dequeue().Sequence);
        }
    }
}
