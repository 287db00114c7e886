using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// One attachment of a consumer to one activation of its queue. When the queue moves, or drops it, the attachment is dead and the
/// consumer makes another one, under another number: nothing of the one is ever taken for the other's. Its settlements are no-ops then,
/// for the queue delivers those messages again.
/// </summary>
internal sealed class Attachment(QueueLink link, Consumer? consumer, long number) : IConsumer, ISettler
{
    private long _next = 1;
    private long _epoch;
    private long _outstanding;
    private volatile bool _isDead;

    /// <summary>Its number in the queue, unique in the connection.</summary>
    public long Number { get; } = number;

    /// <summary>The link to its queue.</summary>
    public QueueLink Link { get; } = link;

    /// <summary>Whose it is; null for one that only gets.</summary>
    public Consumer? Consumer { get; } = consumer;

    /// <summary>Its address as the queue knows it.</summary>
    public IConsumer? Reference { get; set; }

    /// <summary>The queue's epoch that it belongs to; 0 until the queue has answered or delivered.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Whether it ended. What it still holds will be delivered again.</summary>
    public bool IsDead => _isDead;

    /// <summary>Messages on their way by a get, or unsettled.</summary>
    public long Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Whether its consumer was cancelled: it gets nothing more, and stays until what it holds is settled.</summary>
    public bool IsDetached { get; set; }

    /// <summary>Messages that its consumer has processed, whether settled or not. Only its reader counts.</summary>
    public long Processed { get; set; }

    // The settle pump's, under its lock.
    public long Settled { get; set; }
    public long Told { get; set; }
    public int LastRange { get; set; }
    public long Generation { get; set; }
    public bool IsCreditDue { get; set; }
    public int Withheld { get; set; }

    public void AddOutstanding(long count) => Interlocked.Add(ref _outstanding, count);

    /// <inheritdoc/>
    public Task DeliverAsync(DeliveryBatch batch)
    {
        if (IsDead || batch.Consumer.Number != Number || !EnterEpoch(batch.Epoch))
        {
            return Task.CompletedTask;
        }

        var first = batch.FirstDelivery;
        var end = first + batch.Messages.Count;
        if (end <= _next)
        {
            // A repeat of a batch whose answer was lost.
            return Task.CompletedTask;
        }

        // The buffer holds what credit allows. A gap or an overrun means that the queue and this host disagree, and what has come late may be
        // somebody else's by now: start afresh.
        if (first > _next || IsLate(batch) || !Consumer!.Sink.TryTake(new BufferedBatch(this, batch, (int)(_next - first))))
        {
            Link.Abandon(this);
            return Task.CompletedTask;
        }

        _next = end;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CancelledAsync(CancelReason reason)
    {
        if (reason == CancelReason.QueueDeleted)
        {
            Link.EndDeleted(this);
        }
        else
        {
            Link.Restart(this);
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether the epoch is this attachment's. Another one than before kills it: the queue has moved.</summary>
    public bool EnterEpoch(long epoch)
    {
        if (TryEnterEpoch(epoch) && epoch >= Link.Epoch)
        {
            Link.Observe(epoch);
            return !IsDead;
        }

        Link.Restart(this);
        return false;
    }

    /// <summary>Sets the epoch where it has none yet; whether it is this one.</summary>
    public bool TryEnterEpoch(long epoch) => Interlocked.CompareExchange(ref _epoch, epoch, 0) is var mine && (mine == 0 || mine == epoch);

    /// <inheritdoc/>
    public void Settle(long number, Settlement how) => Link.Settling.Settle(this, number, number, how);

    /// <summary>Ends it. Only the link does that.</summary>
    public void Kill() => _isDead = true;

    /// <summary>Whether the queue may have given it up. What is acknowledged by being sent the queue does not give to others.</summary>
    private bool IsLate(DeliveryBatch batch) => !Consumer!.Options.AutoAck && !Link.Signs.IsRecent(batch.Sign);
}

/// <summary>A batch that waits for its consumer.</summary>
/// <param name="Attachment">Through which it came.</param>
/// <param name="Batch">The batch.</param>
/// <param name="Skip">How many of its messages came before already.</param>
internal readonly record struct BufferedBatch(Attachment Attachment, DeliveryBatch Batch, int Skip);
