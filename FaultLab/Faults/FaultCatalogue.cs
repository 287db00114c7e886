using OrleansBroker.FaultLab.Cluster;

namespace OrleansBroker.FaultLab.Faults;

/// <summary>Every fault of the lab, one row each.</summary>
internal static class FaultCatalogue
{
    /// <summary>The name under which a run draws from all faults that fit.</summary>
    public const string Mix = "mix";

    /// <summary>The clock's name: silos are hosted by the lab where it may happen.</summary>
    public const string Clock = "clock";

    private static readonly Topology[] Both = [Topology.Cluster, Topology.Single];
    private static readonly Topology[] Clusters = [Topology.Cluster];
    private static readonly Topology[] Singles = [Topology.Single];

    // Three misses of the default 1.5 s, and the time to agree on them: shorter is a stall, not a death. Not much longer at the least: what
    // was sent to a silo that stood still is carried out when it goes on, unless it has waited for 10 s.
    private static readonly TimeSpan Detection = TimeSpan.FromSeconds(6);
    private const bool LosesMemory = true;
    private const bool KeepsMemory = false;
    private static readonly TimeSpan Any = TimeSpan.Zero;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FaultKind> Kinds { get; } =
    [
        new("kill", Both, FaultNeeds.Nothing, LosesMemory, Any, (cluster, drawn) => new KillFault([Silo(cluster, drawn)])),
        new("kill-all", Clusters, FaultNeeds.Nothing, LosesMemory, Any, (cluster, _) => new KillFault(cluster.Silos)),
        new("pause", Both, FaultNeeds.Nothing, LosesMemory, Detection, (cluster, drawn) => new PauseFault(Silo(cluster, drawn))),
        new("partition", Clusters, FaultNeeds.Namespaces, LosesMemory, Any, (cluster, drawn) => Silos(cluster, drawn, bothWays: true)),
        new("partition-one-way", Clusters, FaultNeeds.Namespaces, LosesMemory, Any, (cluster, drawn) => Silos(cluster, drawn, bothWays: false)),
        new("database-partition", Clusters, FaultNeeds.Namespaces, LosesMemory, Any, (cluster, drawn) => FromDatabase(cluster, drawn, bothWays: true)),
        new("database-partition-one-way", Clusters, FaultNeeds.Namespaces, LosesMemory, Any, (cluster, drawn) => FromDatabase(cluster, drawn, bothWays: false)),
        new("database-restart", Clusters, FaultNeeds.Nothing, LosesMemory, Any, (cluster, _) => new DatabaseRestartFault(cluster.Database!)),
        new("database-kill", Clusters, FaultNeeds.Nothing, LosesMemory, Any, (cluster, _) => new DatabaseKillFault(cluster.Database!)),
        new("disk-full", Both, FaultNeeds.Mounts, LosesMemory, Any, (cluster, drawn) => new DiskFullFault(cluster, Rest(drawn))),
        new("power-loss", Singles, FaultNeeds.Mounts, LosesMemory, Any, (cluster, _) => new PowerLossFault(cluster)),
        new(Clock, Both, FaultNeeds.Nothing, KeepsMemory, Any, Jump),
        new("rolling", Both, FaultNeeds.Nothing, KeepsMemory, Any, (cluster, drawn) => new RollingRestartFault(cluster, drawn.Silo % cluster.Silos.Count)),
    ];

    /// <summary>The kinds that a name stands for in a topology, on a machine that allows so much.</summary>
    /// <exception cref="LabException">There is no such fault, or not there.</exception>
    public static IReadOnlyList<FaultKind> Select(string name, Topology topology, bool loopback)
    {
        if (name == Mix)
        {
            return [.. Kinds.Where(kind => kind.Topologies.Contains(topology) && IsPossible(kind, loopback))];
        }

        var kind = Kinds.FirstOrDefault(kind => kind.Name == name)
            ?? throw new LabException($"There is no fault '{name}'; allowed: {string.Join(", ", Kinds.Select(kind => kind.Name))}, {Mix}.");
        if (!kind.Topologies.Contains(topology))
        {
            throw new LabException($"The fault '{name}' does not happen in the topology {topology}; allowed: {string.Join(", ", kind.Topologies)}.");
        }

        return IsPossible(kind, loopback)
            ? [kind]
            : throw new LabException($"The fault '{name}' needs {kind.Needs}, which --loopback does without.");
    }

    /// <summary>Whether it can happen.</summary>
    public static bool IsPossible(FaultKind kind, bool loopback) => !loopback || kind.Needs == FaultNeeds.Nothing;

    private static SiloNode Silo(LabCluster cluster, Episode drawn) => cluster.Silos[drawn.Silo % cluster.Silos.Count];

    private static PartitionFault Silos(LabCluster cluster, Episode drawn, bool bothWays)
    {
        var one = Silo(cluster, drawn).Machine;
        var others = cluster.Silos.Select(silo => silo.Machine).Where(machine => machine != one).ToList();
        // One silo loses all others, or one of them. Of the one way, half the time it is the silo that is not heard, else it does not hear.
        var lost = drawn.Variant % 2 == 0 ? others : [others[drawn.Other % others.Count]];
        return new PartitionFault(cluster, [.. lost.Select(other => drawn.Variant % 4 < 2 ? (one, other) : (other, one))], bothWays);
    }

    private static PartitionFault FromDatabase(LabCluster cluster, Episode drawn, bool bothWays)
    {
        var one = Silo(cluster, drawn).Machine;
        var database = cluster.Database!.Machine;
        return new PartitionFault(cluster, [drawn.Variant % 2 == 0 ? (one, database) : (database, one)], bothWays);
    }

    // Nothing at all; a rest in which a write may fit in part; or less than the store reserves, so that it refuses in time.
    private static long Rest(Episode drawn) => (drawn.Variant % 3) switch
    {
        0 => 0,
        1 => 256 * 1024,
        _ => LabCluster.StoreReserve / 2,
    };

    private static ClockFault Jump(LabCluster cluster, Episode drawn)
    {
        const int most = 3600;
        var seconds = (drawn.Other % (2 * most)) - most;
        return new ClockFault(drawn.Variant % 3 == 0 ? cluster.Silos : [Silo(cluster, drawn)], TimeSpan.FromSeconds(seconds));
    }
}
