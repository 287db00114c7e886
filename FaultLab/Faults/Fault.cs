using OrleansBroker.FaultLab.Cluster;

namespace OrleansBroker.FaultLab.Faults;

/// <summary>Something that goes wrong for a while.</summary>
internal abstract class Fault
{
    /// <summary>What it does, for the history.</summary>
    public abstract string Text { get; }

    /// <summary>Lets it happen.</summary>
    public abstract Task BeginAsync(CancellationToken cancellationToken);

    /// <summary>Ends it. That everything is well again is waited for afterwards, for all faults alike.</summary>
    /// <returns>What the broker did that it must not do, in a sentence; null where there is nothing.</returns>
    public abstract Task<string?> EndAsync(CancellationToken cancellationToken);

    /// <summary>For ends in which nothing can be wrong.</summary>
    protected static string? Fine => null;
}

/// <summary>A fault of which a run may have several.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Topologies">Where it can happen.</param>
/// <param name="Needs">What this machine has to allow.</param>
/// <param name="LosesMemory">Whether silos may end by it, and lose what only their memory holds.</param>
/// <param name="Shortest">The least time that it lasts, as less would be no fault.</param>
/// <param name="Create">Makes one of an episode.</param>
internal sealed record FaultKind(
    string Name, Topology[] Topologies, FaultNeeds Needs, bool LosesMemory, TimeSpan Shortest, Func<LabCluster, Episode, Fault> Create);

/// <summary>What a fault needs of this machine.</summary>
internal enum FaultNeeds
{
    /// <summary>Processes.</summary>
    Nothing,

    /// <summary>Network namespaces.</summary>
    Namespaces,

    /// <summary>Mounts of loop devices.</summary>
    Mounts,
}
