using System.Buffers;
using System.Buffers.Binary;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Logs;
using OrleansBroker.Storage.RocksDb.Rows;
using OrleansBroker.Storage.Rows;
using RocksDbSharp;

namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>The write batch that the writer is filling, and what of the database it has changed so far. One thread's.</summary>
internal sealed class BatchBuilder(Database database, QueueTable queues, DiskReserve disk) : IDisposable
{
    /// <summary>
    /// From so many places on, a range is removed by one range tombstone instead of a tombstone each. Range tombstones cost every
    /// read of the memtable that holds them, single ones only the reads that cross them.
    /// </summary>
    private const long RangeTombstone = 4096;

    private static readonly byte[] SyncMark = BatchEnds.SyncMark.ToArray();

    private readonly ArrayBufferWriter<byte> _scratch = new(64 << 10);
    private readonly byte[] _key = new byte[Keys.Expiring];
    private readonly byte[] _endKey = new byte[Keys.Message];

    public WriteBatch Batch { get; } = new();

    public Database Database => database;

    public DiskReserve Disk => disk;

    /// <summary>Counts the batches.</summary>
    public long Number { get; private set; }

    /// <summary>Whether an operation in it waits for the disk.</summary>
    public bool Sync { get; set; }

    /// <summary>Octets put into it.</summary>
    public long Octets { get; private set; }

    /// <summary>Definitions that it changes.</summary>
    public TopologyChanges Topology { get; } = new(database);

    public QueueEntry Queue(long incarnation) => queues.Get(incarnation);

    /// <summary>Ends the batch before it is written.</summary>
    public void Seal()
    {
        if (Sync)
        {
            Batch.PutLogData(SyncMark, (ulong)SyncMark.Length);
        }
    }

    /// <summary>Starts the next batch.</summary>
    public void Reset()
    {
        Batch.Clear();
        Topology.Clear();
        queues.Trim();
        disk.Wrote(Octets);
        Number++;
        Octets = 0;
        Sync = false;
    }

    public void Put(ColumnFamilyHandle family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Batch.Put(key, value, family);
        Octets += key.Length + value.Length;
    }

    public void Delete(ColumnFamilyHandle family, ReadOnlySpan<byte> key)
    {
        Batch.Delete(key, family);
        Octets += key.Length;
    }

    /// <summary>Room to encode a value in, until the next call.</summary>
    public Span<byte> Scratch(int size)
    {
        _scratch.ResetWrittenCount();
        return _scratch.GetSpan(size);
    }

    public void PutQueue(QueueEntry queue, QueueState state)
    {
        var row = Scratch(QueueRow.Size(state));
        var length = new QueueRow(queue.Epoch, database.Boot, queue.Traits).Write(state, row);
        Keys.WriteQueue(_key, queue.Incarnation);
        Put(database.Queues, _key.AsSpan(0, Keys.Queue), row[..length]);
        queue.WrittenIn = Number;
    }

    public void PutMessage(QueueEntry queue, StoredMessage message)
    {
        var value = Scratch(MessageRow.MaxSize(message));
        var length = MessageRow.Write(message, value);
        Keys.WriteMessage(_key, queue.Incarnation, message.Position.Priority, message.Position.Sequence);
        Put(message.Transient ? database.Transient : database.Messages, _key.AsSpan(0, Keys.Message), value[..length]);
        queue.Traits |= message.Transient ? QueueTraits.Transient : QueueTraits.Durable;
        if (message.ExpiresAt is { } at)
        {
            queue.Traits |= QueueTraits.Expiring;
            Keys.WriteExpiring(_key, queue.Incarnation, at, message.Position);
            Put(database.Expiring, _key, []);
        }
    }

    public void PutMark(QueueEntry queue, RequeuedMessage requeued)
    {
        Span<byte> count = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(count, requeued.DeliveryCount);
        Keys.WriteMessage(_key, queue.Incarnation, requeued.Position.Priority, requeued.Position.Sequence);
        Put(database.Marks, _key.AsSpan(0, Keys.Message), count);
        queue.Traits |= QueueTraits.Marks;
    }

    public void Remove(QueueEntry queue, MessageRange range)
    {
        var first = Math.Max(0, range.First);
        if (first > range.Last)
        {
            return;
        }

        RemoveFrom(database.Messages, QueueTraits.Durable, queue, range.Priority, first, range.Last);
        RemoveFrom(database.Transient, QueueTraits.Transient, queue, range.Priority, first, range.Last);
        RemoveFrom(database.Marks, QueueTraits.Marks, queue, range.Priority, first, range.Last);
    }

    /// <summary>Removes all rows of a queue but its own.</summary>
    public void RemoveAll(QueueEntry queue)
    {
        RemoveAllFrom(database.Messages, QueueTraits.Durable, queue);
        RemoveAllFrom(database.Transient, QueueTraits.Transient, queue);
        RemoveAllFrom(database.Marks, QueueTraits.Marks, queue);
        RemoveAllFrom(database.Expiring, QueueTraits.Expiring, queue);
    }

    /// <summary>Takes a message out of the index of expiry.</summary>
    public void RemoveExpiry(long incarnation, ExpiringMessage message)
    {
        Keys.WriteExpiring(_key, incarnation, message.ExpiresAt, message.Position);
        Delete(database.Expiring, _key);
    }

    public void Dispose() => Batch.Dispose();

    private void RemoveFrom(ColumnFamilyHandle family, QueueTraits trait, QueueEntry queue, byte priority, long first, long last)
    {
        if (!queue.Traits.HasFlag(trait))
        {
            return;
        }

        var key = _key.AsSpan(0, Keys.Message);
        if (last - first >= RangeTombstone)
        {
            Keys.WriteMessage(key, queue.Incarnation, priority, first);
            Keys.WriteMessageEnd(_endKey, queue.Incarnation, priority, last);
            DeleteRange(family, key, _endKey);
            return;
        }

        for (var sequence = first; sequence <= last; sequence++)
        {
            Keys.WriteMessage(key, queue.Incarnation, priority, sequence);
            Delete(family, key);
        }
    }

    private void RemoveAllFrom(ColumnFamilyHandle family, QueueTraits trait, QueueEntry queue)
    {
        if (queue.Traits.HasFlag(trait))
        {
            Keys.WriteQueue(_key, queue.Incarnation);
            Keys.WriteQueueEnd(_endKey, queue.Incarnation);
            DeleteRange(family, _key.AsSpan(0, Keys.Queue), _endKey.AsSpan(0, Keys.Queue));
        }
    }

    private unsafe void DeleteRange(ColumnFamilyHandle family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        fixed (byte* start = from, end = to)
        {
            Batch.DeleteRange(start, (ulong)from.Length, end, (ulong)to.Length, family);
        }

        Octets += from.Length + to.Length;
    }
}
