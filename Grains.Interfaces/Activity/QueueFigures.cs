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
}
