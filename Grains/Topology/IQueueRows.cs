using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology;

/// <summary>What a queue grain reads and writes of itself in the topology store. A queue exists when it has its row.</summary>
internal interface IQueueRows
{
    /// <summary>The queue's definition, or null where there is no such queue.</summary>
    ValueTask<QueueDefinition?> FindAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the queue's row under a new incarnation and returns it; where there is one already, that. The caller has checked the
    /// definition.
    /// </summary>
    /// <exception cref="Interfaces.Errors.BrokerException">The virtual host does not exist.</exception>
    Task<(QueueDefinition Definition, bool IsNew)> CreateAsync(QueueDefinition definition);

    /// <summary>
    /// Removes the queue's bindings at their exchanges, then all its rows. Does nothing where the row is gone or has another
    /// incarnation, except to finish what an earlier call began. Where messages are left in the store, a row stands for them until
    /// <see cref="RemoveLeftoverAsync"/>: should this silo die before it has removed them, the next sweep does.
    /// </summary>
    Task DeleteAsync(QueueDefinition definition, bool leavesMessages = false);

    /// <summary>The messages of a deleted queue are gone from the store.</summary>
    Task RemoveLeftoverAsync(QueueDefinition definition);

    /// <summary>
    /// Says when the queue is to be woken, in Unix milliseconds; null: not at all. Does nothing where the queue has another incarnation.
    /// With the time of its last use, which <see cref="FindUsedAtAsync"/> tells until another deadline is set.
    /// </summary>
    Task SetDeadlineAsync(QueueId id, long incarnation, long? unixMilliseconds, long? usedAt = null);

    /// <summary>When the queue that was let go of had been used last, in Unix milliseconds; null where that is not known.</summary>
    ValueTask<long?> FindUsedAtAsync(QueueId id);

    /// <summary>Says that the queue is to be woken by then at the latest, in Unix milliseconds; an earlier deadline stays.</summary>
    Task HastenDeadlineAsync(QueueId id, long incarnation, long unixMilliseconds);

    /// <summary>Whether it is the queue of an exchange's delayed messages and the exchange is gone.</summary>
    ValueTask<bool> IsLeftBehindAsync(QueueDefinition definition);

    /// <summary>The durable subscriptions of grains to the queue.</summary>
    Task<GrainSubscription[]> GetSubscriptionsAsync(QueueId id);

    /// <summary>Adds or replaces a durable subscription. Does nothing where the queue is gone.</summary>
    Task SaveSubscriptionAsync(QueueId id, GrainSubscription subscription);

    /// <summary>Removes a durable subscription; does nothing where it is missing.</summary>
    Task RemoveSubscriptionAsync(QueueId id, Guid subscription);
}
