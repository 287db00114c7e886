using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Streams;

/// <summary>Makes the consumers that stand for grains' durable subscriptions inside a queue grain.</summary>
internal interface ISubscriptionConsumers
{
    /// <summary>
    /// A consumer that brings the queue's messages to the subscribed grain and settles them by <paramref name="self"/>. It is called and
    /// runs in the context of the queue's activation. Attach it without a lease; tell it by <see cref="IConsumer.CancelledAsync"/> when the
    /// subscription ends.
    /// </summary>
    ConsumerAttachment Create(QueueId queue, IQueueGrain self, GrainSubscription subscription);
}
