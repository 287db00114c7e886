using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Streams;

/// <summary>Makes <see cref="GrainSubscriptionConsumer"/>s.</summary>
internal sealed class SubscriptionConsumers(IGrainFactory grains, TimeProvider time, ILogger<GrainSubscriptionConsumer> logger)
    : ISubscriptionConsumers
{
    public ConsumerAttachment Create(QueueId queue, IQueueGrain self, GrainSubscription subscription)
    {
        var prefetch = Math.Max(1, subscription.Prefetch);
        var subscriber = grains.GetGrain<ISubscriber>(subscription.Subscriber);
        // The subscription is its own host: nobody else settles in its name. One number suffices, for the epoch tells activations apart.
        var id = new ConsumerId(subscription.Id, 1);
        return new ConsumerAttachment
        {
            Id = id,
            Target = new GrainSubscriptionConsumer(id, queue, self, subscriber, prefetch, time, logger),
            Tag = $"grain:{subscription.Subscriber}",
            Credit = prefetch,
        };
    }
}
