namespace OrleansBroker.FaultLab.Load;

/// <summary>What the load is to be. The same plan draws the same decisions, as far as the broker's timing lets it.</summary>
public sealed record LoadPlan
{
    /// <summary>The silos. Clients connect to any of them and go on with another when one is away.</summary>
    public required IReadOnlyList<SiloEndpoint> Silos { get; init; }

    /// <summary>What every decision is drawn from.</summary>
    public required int Seed { get; init; }

    /// <summary>The Orleans cluster's id, for native clients.</summary>
    public string ClusterId { get; init; } = "orleansbroker";

    /// <summary>The Orleans service's id, for native clients.</summary>
    public string ServiceId { get; init; } = "orleansbroker";

    /// <summary>As whom clients log in. Default <c>guest</c>, which a broker lets in over loopback only.</summary>
    public string User { get; init; } = "guest";

    /// <summary>The user's password. Default <c>guest</c>.</summary>
    public string Password { get; init; } = "guest";

    /// <summary>Publishers at a time. Default 4: some of each client, and several into each queue.</summary>
    public int Publishers { get; init; } = 4;

    /// <summary>Consumers at a time, at least one a queue. Default 9: two a queue, and one that gets. A slow one a durable queue comes on top.</summary>
    public int Consumers { get; init; } = 9;

    /// <summary>Durable queues. Default 4, so that every silo of three has one.</summary>
    public int Queues { get; init; } = 4;

    /// <summary>
    /// Durable queues without a consumer until the end. Default 3: what a silo that is dead still writes does harm only where messages lie,
    /// and each silo of three has one.
    /// </summary>
    public int LateQueues { get; init; } = 3;

    /// <summary>Messages a second of all publishers together. Default 400: what three labs at once leave room for on two cores.</summary>
    public double Rate { get; init; } = 400;

    /// <summary>Publishes of a publisher without an outcome at a time. Default 100.</summary>
    public int Window { get; init; } = 100;

    /// <summary>The largest prefetch that is drawn. Default 100; the smallest is 1.</summary>
    public int HighestPrefetch { get; init; } = 100;

    /// <summary>Octets of the largest body. Default 64 KiB; half of the messages are below 1 KiB.</summary>
    public int LargestBody { get; init; } = 64 * 1024;

    /// <summary>The share of publishers and consumers that use the native client, from 0 to 1. Default 0.4.</summary>
    public double NativeShare { get; init; } = 0.4;

    /// <summary>Whether transient messages and a queue that is not durable are part of it. Default true.</summary>
    public bool WithTransient { get; init; } = true;

    /// <summary>How long anything may take in a broker that is whole, before it counts as stuck. Default 60 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
