using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Queues;

/// <summary>
/// A queue. Its key is <see cref="QueueId.ToGrainKey"/>. It exists when the topology store has its row; a call other than
/// <see cref="DeclareAsync"/> to a queue that has none answers 404 and creates nothing.
/// </summary>
[Alias("orleansbroker.IQueueGrain")]
public interface IQueueGrain : IGrainWithStringKey
{
    /// <summary>Creates the queue or checks that it is alike; 406 names the argument that differs, 405 another connection's queue.</summary>
    [Alias("Declare")]
    Task<QueueStatus> DeclareAsync(QueueDefinition definition);

    /// <summary>How many messages and consumers it has; restarts its expiry. <paramref name="connection"/> is the asker, for exclusive queues.</summary>
    [Alias("GetStatus")]
    Task<QueueStatus> GetStatusAsync(Guid? connection);

    /// <summary>Deletes it and returns how many messages were ready; 0 where it is missing, 406 where a condition does not hold.</summary>
    [Alias("Delete")]
    Task<long> DeleteAsync(DeleteQueueOptions options);

    /// <summary>Drops what is ready and returns how many that were.</summary>
    [Alias("Purge")]
    Task<long> PurgeAsync(Guid? connection);

    /// <summary>Enqueues a batch; answers when all of it is ready, and what is persistent is on disk.</summary>
    [Alias("Enqueue"), ResponseTimeout("00:00:10")]
    Task<EnqueueReply> EnqueueAsync(EnqueueBatch batch);

    /// <summary>Attaches a consumer, or renews the attachment that its host already has under this id.</summary>
    [Alias("Attach")]
    Task<AttachReply> AttachAsync(ConsumerAttachment attachment);

    /// <summary>Detaches a consumer. Nothing is delivered to it after this answers; its unacked messages stay until settled or released.</summary>
    [Alias("Detach")]
    Task DetachAsync(DetachRequest request);

    /// <summary>Settles deliveries and grants credit. Answers when it is applied; what is durable of it follows.</summary>
    [Alias("Settle")]
    Task<SettleReply> SettleAsync(SettleBatch batch);

    /// <summary>Renews the leases of all of a host's consumers of this queue, and says which of them the queue does not know.</summary>
    [Alias("Renew"), ResponseTimeout("00:00:05")]
    Task<RenewReply> RenewAsync(RenewRequest request);

    /// <summary>Takes one message, if there is one, as basic.get does.</summary>
    [Alias("Get")]
    Task<GetReply> GetAsync(GetRequest request);

    /// <summary>
    /// Shows the first of the ready messages, in the order in which they would be delivered, and changes nothing: none is taken, marked
    /// or counted, and the queue's expiry goes on. It stops early after some 4 MiB.
    /// </summary>
    [Alias("Peek")]
    Task<PeekReply> PeekAsync(int most);

    /// <summary>Adds or updates a grain's durable subscription.</summary>
    [Alias("Subscribe")]
    Task SubscribeAsync(GrainSubscription subscription);

    /// <summary>Removes a grain's durable subscription; what it has unsettled returns. Does nothing where it is missing.</summary>
    [Alias("Unsubscribe")]
    Task UnsubscribeAsync(Guid subscription);

    /// <summary>The durable subscriptions of one grain to this queue.</summary>
    [Alias("GetSubscriptions")]
    Task<GrainSubscription[]> GetSubscriptionsAsync(GrainId subscriber);

    /// <summary>Wakes the queue so that what is due (expiry, the end of an exclusive owner, durable subscriptions) is done.</summary>
    [Alias("Wake")]
    Task WakeAsync();
}

/// <summary>What is ready in a queue, as far as it was asked for.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.PeekReply")]
public sealed record PeekReply
{
    /// <summary>The messages.</summary>
    [Id(0)] public required MessageBatch Messages { get; init; }
    /// <summary>Which of them, by index, may have been delivered before.</summary>
    [Id(1)] public int[] Redelivered { get; init; } = [];
    /// <summary>Messages that are ready, these included.</summary>
    [Id(2)] public long Ready { get; init; }
}

/// <summary>A queue's definition and counts.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.QueueStatus")]
public sealed record QueueStatus
{
    /// <summary>What was declared.</summary>
    [Id(0)] public required QueueDefinition Definition { get; init; }
    /// <summary>Messages that wait for a consumer.</summary>
    [Id(1)] public long Ready { get; init; }
    /// <summary>Messages that are delivered and not settled.</summary>
    [Id(2)] public long Unacked { get; init; }
    /// <summary>Consumers that are attached.</summary>
    [Id(3)] public int Consumers { get; init; }
    /// <summary>Octets of the ready messages' bodies.</summary>
    [Id(4)] public long ReadyBytes { get; init; }
}

/// <summary>Under which conditions a queue is deleted.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.DeleteQueueOptions")]
public sealed record DeleteQueueOptions
{
    /// <summary>Refuse (406) when it has consumers.</summary>
    [Id(0)] public bool IfUnused { get; init; }
    /// <summary>Refuse (406) when it has ready messages.</summary>
    [Id(1)] public bool IfEmpty { get; init; }
    /// <summary>The connection that asks: an exclusive queue is only its owner's (405).</summary>
    [Id(2)] public Guid? Connection { get; init; }
    /// <summary>Delete only this incarnation, so that a late clean-up does not hit a queue that was declared since. 0: any.</summary>
    [Id(3)] public long Incarnation { get; init; }
    /// <summary>The broker itself asks (expiry, a dead owner, auto-delete): exclusivity does not matter.</summary>
    [Id(4)] public bool Internal { get; init; }
}
