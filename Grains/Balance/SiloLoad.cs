namespace OrleansBroker.Grains.Balance;

/// <summary>What a silo carries.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.SiloLoad")]
internal readonly record struct SiloLoad
{
    /// <summary>Queues that are open on it.</summary>
    [Id(0)] public required int Queues { get; init; }
    /// <summary>Messages a second that go into them and out.</summary>
    [Id(1)] public required double Messages { get; init; }

    /// <summary>Whether it stops: then it is to get nothing more.</summary>
    [Id(2)] public bool IsLeaving { get; init; }

    /// <summary>Both as one figure, in queues.</summary>
    public double Weight(BalanceOptions options) => Queues + (Messages / options.MessagesPerQueue);
}
