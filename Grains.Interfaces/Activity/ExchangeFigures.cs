using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>A count, and how quickly it grew in the last 5 s.</summary>
/// <param name="Total">The count since it began.</param>
/// <param name="Rate">What it grows by, a second.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.RatedCount")]
public readonly record struct RatedCount([property: Id(0)] long Total, [property: Id(1)] double Rate)
{
    /// <summary>Both together.</summary>
    public static RatedCount operator +(RatedCount left, RatedCount right) => left.Add(right);

    /// <summary>Both together.</summary>
    public RatedCount Add(RatedCount other) => new(Total + other.Total, Rate + other.Rate);
}

/// <summary>What an exchange routed.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ExchangeFigures")]
public sealed record ExchangeFigures
{
    /// <summary>The exchange.</summary>
    [Id(0)] public required ExchangeId Id { get; init; }
    /// <summary>Messages that were published to it.</summary>
    [Id(1)] public RatedCount In { get; init; }
    /// <summary>Copies that it made of them, one per destination.</summary>
    [Id(2)] public RatedCount Out { get; init; }
}

/// <summary>What reached a queue by an exchange.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.RouteFigures")]
public sealed record RouteFigures
{
    /// <summary>The exchange that it was published to.</summary>
    [Id(0)] public required ExchangeId Exchange { get; init; }
    /// <summary>The queue's name.</summary>
    [Id(1)] public required string Queue { get; init; }
    /// <summary>Messages.</summary>
    [Id(2)] public RatedCount Count { get; init; }
}
