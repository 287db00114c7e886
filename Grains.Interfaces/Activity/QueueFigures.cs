using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>How a queue stands: as its activation tells, or for one that sleeps, as the store does.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.QueueFigures")]
public sealed record QueueFigures
{
    /// <summary>The queue.</summary>
    [Id(0)] public required QueueId Id { get; init; }
    /// <summary>The silo that it is active on; null while it sleeps.</summary>
    [Id(1)] public string? Silo { get; init; }
    /// <summary>Messages that wait for a consumer.</summary>
    [Id(2)] public long Ready { get; init; }
    /// <summary>Messages that are delivered and not settled.</summary>
    [Id(3)] public long Unacked { get; init; }
    /// <summary>Octets of the ready messages' bodies.</summary>
    [Id(4)] public long ReadyBytes { get; init; }
    /// <summary>Consumers that are attached.</summary>
    [Id(5)] public int Consumers { get; init; }
    /// <summary>What it did since it became active; null for nothing.</summary>
    [Id(6)] public MessageFigures? Messages { get; init; }
    /// <summary>Change of <see cref="Ready"/> a second.</summary>
    [Id(7)] public double ReadyRate { get; init; }
    /// <summary>Change of <see cref="Unacked"/> a second.</summary>
    [Id(8)] public double UnackedRate { get; init; }
    /// <summary>When it was last in use, in Unix milliseconds; null where that is now or not known.</summary>
    [Id(9)] public long? IdleSince { get; init; }
    /// <summary>Whether its activation was asked for and could not be.</summary>
    [Id(10)] public bool IsUnknown { get; init; }
    /// <summary>Who alone is given messages; null where that is no rule of the queue's, and while there is nobody.</summary>
    [Id(11)] public ConsumerId? ActiveConsumer { get; init; }
    /// <summary>Of the ready messages those in memory; the rest is in the store alone.</summary>
    [Id(12)] public long ReadyInMemory { get; init; }
    /// <summary>Messages that it read from the store since it became active.</summary>
    [Id(13)] public long StoreReads { get; init; }
    /// <summary>Messages that it wrote to the store since it became active.</summary>
    [Id(14)] public long StoreWrites { get; init; }
    /// <summary>What the next message to be delivered has as its timestamp, in Unix seconds; null where it has none.</summary>
    [Id(15)] public long? HeadTimestamp { get; init; }
}
