using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Reading;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>Takes a queue over.</summary>
internal sealed class AcquireOperation(long incarnation) : Operation<AcquiredQueue>
{
    public override Step Apply(BatchBuilder batch)
    {
        var queue = batch.Queue(incarnation);
        if (queue.IsDeleted)
        {
            // Whoever comes late finds nothing, and what it commits is refused.
            Result = new AcquiredQueue(long.MaxValue, QueueState.New);
            return Step.Taken;
        }

        if (queue.WrittenIn == batch.Number)
        {
            return Step.AfterBatch;
        }

        var state = QueueRows.ReadState(batch.Database, queue);
        queue.Epoch++;
        Result = new AcquiredQueue(queue.Epoch, state);

        // An owner that dies before its first commit must not leave the mark of the one that let go cleanly.
        batch.PutQueue(queue, state with { Released = false });
        return Step.Taken;
    }
}

/// <summary>Commits a write, if its epoch is the queue's.</summary>
internal sealed class CommitOperation : Operation<bool>
{
    private readonly QueueWrite _write;

    public CommitOperation(QueueWrite write)
    {
        _write = write;
        Octets = 256 + (32 * (write.Removed.Count + write.RemovedExpiring.Count + write.Requeued.Count));
        for (var i = 0; i < write.Appended.Count; i++)
        {
            Octets += 96 + write.Appended[i].Message.Size;
        }
    }

    public override int Octets { get; }

    public override bool Sync => _write.Sync;

    public override Step Apply(BatchBuilder batch)
    {
        var queue = batch.Queue(_write.Incarnation);
        if (queue.Epoch != _write.Epoch || queue.Epoch == QueueRow.Unseen.Epoch || queue.IsDeleted)
        {
            return Step.Taken;
        }

        if (batch.Disk.IsShort && _write.Appended.Count > 0)
        {
            return Refuse(batch, queue);
        }

        // In this order: what a write adds it may also remove.
        for (var i = 0; i < _write.Appended.Count; i++)
        {
            batch.PutMessage(queue, _write.Appended[i]);
        }

        for (var i = 0; i < _write.Requeued.Count; i++)
        {
            batch.PutMark(queue, _write.Requeued[i]);
        }

        for (var i = 0; i < _write.Removed.Count; i++)
        {
            batch.Remove(queue, _write.Removed[i]);
        }

        for (var i = 0; i < _write.RemovedExpiring.Count; i++)
        {
            batch.RemoveExpiry(_write.Incarnation, _write.RemovedExpiring[i]);
        }

        batch.PutQueue(queue, _write.State);
        Result = true;
        return Step.Taken;
    }

    /// <summary>
    /// Refuses the write and ends its epoch: the states of the writes behind it count what this one did not store.
    /// </summary>
    private Step Refuse(BatchBuilder batch, QueueEntry queue)
    {
        if (queue.WrittenIn == batch.Number)
        {
            return Step.AfterBatch;
        }

        var state = QueueRows.ReadState(batch.Database, queue);
        queue.Epoch++;
        batch.PutQueue(queue, state);
        Refusal = new BrokerException(
            ReplyCode.ResourceError, $"disk almost full: {batch.Disk.Free >> 20} MiB are left, messages are only removed");
        return Step.Taken;
    }
}

/// <summary>Deletes a queue. Its row stays, so that an owner that does not know yet is refused.</summary>
internal sealed class DeleteOperation(long incarnation) : Operation<bool>
{
    public override Step Apply(BatchBuilder batch)
    {
        var queue = batch.Queue(incarnation);
        if (!queue.IsDeleted)
        {
            batch.RemoveAll(queue);
            queue.Epoch = long.MaxValue;
            queue.Traits = QueueTraits.Deleted;
            batch.PutQueue(queue, QueueState.New);
        }

        return Step.Taken;
    }
}

/// <summary>Takes messages that are gone out of the index of expiry. Nobody waits for it.</summary>
internal sealed class ForgetExpiryOperation(long incarnation, IReadOnlyList<ExpiringMessage> gone) : Operation
{
    public override int Octets => 128 + (gone.Count * 48);

    public override bool Sync => false;

    public override Step Apply(BatchBuilder batch)
    {
        var queue = batch.Queue(incarnation);
        if (queue.WrittenIn == batch.Number)
        {
            return Step.AfterBatch;
        }

        foreach (var message in gone)
        {
            // A transient message may have come back to its place since it was found gone.
            if (!QueueRows.Exists(batch.Database, incarnation, message.Position, queue.Traits))
            {
                batch.RemoveExpiry(incarnation, message);
            }
        }

        return Step.Taken;
    }

    public override void Complete()
    {
        // What it did is seen by nobody.
    }

    public override void Fail(Exception exception)
    {
        // The next reader of the index tries again.
    }
}
