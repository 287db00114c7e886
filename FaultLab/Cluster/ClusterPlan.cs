namespace OrleansBroker.FaultLab.Cluster;

/// <summary>What is started for a run.</summary>
internal sealed record ClusterPlan
{
    /// <summary>Which silos and which store.</summary>
    public required Topology Topology { get; init; }

    /// <summary>Where its data and logs go.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether everything runs on this machine's loopback, without namespaces and mounts.</summary>
    public bool Loopback { get; init; }

    /// <summary>Whether a silo's death is found out as quickly as configured by default, and not quicker.</summary>
    public bool UsualDetection { get; init; }

    /// <summary>Whether clocks are moved.</summary>
    public bool MovesClock { get; init; }

    /// <summary>How long the start may take. Three silos start at once, on few processors, and perhaps beside other labs.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromMinutes(3);
}

/// <summary>Which silos and which store.</summary>
internal enum Topology
{
    /// <summary>Three silos that share PostgreSQL, each on a machine of its own.</summary>
    Cluster,

    /// <summary>One silo with the embedded store.</summary>
    Single,
}
