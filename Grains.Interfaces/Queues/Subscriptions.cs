using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Queues;

/// <summary>
/// A grain that consumes a queue. Unlike a consumer that a process hosts it is a durable row and no lease: it outlives the grain's
/// activation, and a delivery activates the grain.
/// </summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.GrainSubscription")]
public sealed record GrainSubscription
{
    /// <summary>The subscription.</summary>
    [Id(0)] public required Guid Id { get; init; }
    /// <summary>The grain that consumes, through its <see cref="ISubscriber"/> extension.</summary>
    [Id(1)] public required GrainId Subscriber { get; init; }
    /// <summary>How many messages may be with the grain unsettled.</summary>
    [Id(2)] public int Prefetch { get; init; } = 100;
}

/// <summary>What a queue calls on a grain that subscribed.</summary>
[Alias("orleansbroker.ISubscriber")]
public interface ISubscriber : IGrainExtension
{
    /// <summary>
    /// Processes the messages in order and says how each was settled, in as many entries as the batch has messages. Null: the grain
    /// does not know the subscription (its code no longer resumes it); the messages return and are tried again later.
    /// </summary>
    [Alias("Process")]
    Task<Settlement[]?> ProcessAsync(QueueId queue, Guid subscription, DeliveryBatch batch);
}
