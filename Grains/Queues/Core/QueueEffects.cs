using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Queues.Core;

/// <summary>What the grain does for the core after a command; filled by <see cref="QueueCore.Collect"/>.</summary>
internal sealed class QueueEffects
{
    /// <summary>Batches to deliver, one per consumer; each call's end is told by <see cref="QueueCore.DeliveryDone"/>.</summary>
    public List<OutgoingDelivery> Deliveries { get; } = [];
    /// <summary>Messages to publish to a dead-letter exchange; each is answered by <see cref="QueueCore.DeadLetterDone"/>.</summary>
    public List<DeadLetter> DeadLetters { get; } = [];
    /// <summary>Consumers to tell that the queue ended them.</summary>
    public List<Cancellation> Cancellations { get; } = [];
    /// <summary>A page to read, answered by <see cref="QueueCore.PageLoaded"/>; one is under way at a time.</summary>
    public PageRequest? Page { get; set; }
    /// <summary>Positions of expiring messages to read, answered by <see cref="QueueCore.ExpiringLoaded"/>; one look is under way at a time.</summary>
    public ExpiringRequest? Expiring { get; set; }
    /// <summary>The queue is to be deleted.</summary>
    public DeleteReason? Delete { get; set; }
    /// <summary>Messages that left other than by acknowledgement, for metrics.</summary>
    public List<MessageDrop> Drops { get; } = [];

    /// <summary>Empties it for the next use.</summary>
    public void Clear()
    {
        Deliveries.Clear();
        DeadLetters.Clear();
        Cancellations.Clear();
        Drops.Clear();
        Page = null;
        Expiring = null;
        Delete = null;
    }
}

/// <summary>A batch for a consumer.</summary>
internal readonly record struct OutgoingDelivery(ConsumerId Consumer, DeliveryBatch Batch);

/// <summary>A consumer that the queue ended.</summary>
internal readonly record struct Cancellation(ConsumerId Consumer, CancelReason Reason);

/// <summary>A message to publish to the dead-letter exchange, with the route and properties it is to be published with.</summary>
internal sealed record DeadLetter(long Id, string Exchange, string RoutingKey, BrokerMessage Message);

/// <summary>Stored messages to read: a range, or those that are named one by one.</summary>
internal readonly record struct PageRequest(MessageRange Range, int Limit, ExpiringMessage[]? Named = null)
{
    public PageRequest(ExpiringMessage[] named)
        : this(default, named.Length, named)
    {
    }
}

/// <summary>The index of expiring messages to read: from one that it may hold, so many.</summary>
internal readonly record struct ExpiringRequest(ExpiringMessage From, int Limit);

/// <summary>Messages that left for one reason, dead-lettered or dropped.</summary>
internal readonly record struct MessageDrop(DropReason Reason, bool DeadLettered, long Count);

/// <summary>Why a message left other than by acknowledgement; the first four are the reasons that x-death names.</summary>
internal enum DropReason
{
    /// <summary>Rejected without requeue.</summary>
    Rejected,
    /// <summary>Its time to live passed.</summary>
    Expired,
    /// <summary>The queue was full.</summary>
    MaxLength,
    /// <summary>It was returned more often than the delivery limit allows.</summary>
    DeliveryLimit,
    /// <summary>The queue was purged.</summary>
    Purged,
    /// <summary>The store had counted it and does not have it: a defect or a damaged store, to be logged as an error.</summary>
    Missing,
}

/// <summary>Why a queue deletes itself.</summary>
internal enum DeleteReason
{
    /// <summary>Its last consumer left and it is an auto-delete queue.</summary>
    AutoDelete,
    /// <summary>It was unused for as long as x-expires says.</summary>
    Expired,
}

/// <summary>What became of a batch, and the write to wait for before that is answered; 0 where there is none.</summary>
internal readonly record struct EnqueueOutcome(EnqueueReply Reply, long Write);
