using OrleansBroker.Storage.RocksDb.Rows;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>What the writer knows of a queue.</summary>
internal sealed class QueueEntry(long incarnation, QueueRow row)
{
    public long Incarnation { get; } = incarnation;

    public long Epoch { get; set; } = row.Epoch;

    public QueueTraits Traits { get; set; } = row.Traits;

    /// <summary>The last batch that changes its row; while that is under way the row in the database is old.</summary>
    public long WrittenIn { get; set; } = -1;

    public bool IsDeleted => Traits.HasFlag(QueueTraits.Deleted);
}

/// <summary>
/// Epochs of the queues that were lately written to; the writer's alone. Two generations bound it: what was not used while one
/// filled is forgotten with it, and read from the database when it is needed again.
/// </summary>
internal sealed class QueueTable(Database database, int capacity)
{
    private Dictionary<long, QueueEntry> _young = [];
    private Dictionary<long, QueueEntry> _old = [];

    /// <summary>The queue's entry, read from the database where it is not known.</summary>
    public QueueEntry Get(long incarnation)
    {
        if (_young.TryGetValue(incarnation, out var entry))
        {
            return entry;
        }

        if (!_old.Remove(incarnation, out entry))
        {
            entry = Read(incarnation);
        }

        _young.Add(incarnation, entry);
        return entry;
    }

    /// <summary>Forgets the older generation when the younger is full. Only between batches: an entry may be ahead of the database.</summary>
    public void Trim()
    {
        if (_young.Count >= capacity / 2)
        {
            _old = _young;
            _young = [];
        }
    }

    private QueueEntry Read(long incarnation)
    {
        Span<byte> key = stackalloc byte[Keys.Queue];
        Keys.WriteQueue(key, incarnation);
        using var value = database.Get(database.Queues, key);
        return new QueueEntry(incarnation, value.Exists ? QueueRow.Read(value.Span) : QueueRow.Unseen);
    }
}
