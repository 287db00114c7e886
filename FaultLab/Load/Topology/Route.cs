namespace OrleansBroker.FaultLab.Load.Topology;

/// <summary>A way into queues.</summary>
internal sealed record Route
{
    /// <summary>The exchange; empty for the default exchange.</summary>
    public required string Exchange { get; init; }

    /// <summary>The routing key.</summary>
    public required string RoutingKey { get; init; }

    /// <summary>The queues that get what is published so, without repeats; none where it is to be returned.</summary>
    public required IReadOnlyList<LabQueue> Queues { get; init; }

    /// <summary>The value of the header that a headers exchange looks at; null for none.</summary>
    public string? Kind { get; init; }

    /// <summary>The messages' headers.</summary>
    public IReadOnlyDictionary<string, object?> Headers =>
        Kind is null ? new Dictionary<string, object?>() : new Dictionary<string, object?> { [LabTopology.KindHeader] = Kind };
}

/// <summary>A queue of the load.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Durable">Whether it outlives its silo.</param>
/// <param name="IsLate">Whether it is consumed only when all is over: so long its messages lie there, for faults to happen to.</param>
internal sealed record LabQueue(string Name, bool Durable, bool IsLate = false);
