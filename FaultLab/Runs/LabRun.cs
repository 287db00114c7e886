using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Faults;

namespace OrleansBroker.FaultLab.Runs;

/// <summary>One run: starts silos and load, lets faults happen, heals, drains, judges.</summary>
internal static class LabRun
{
    /// <summary>Runs a plan to its end, and takes away everything that it started, however it ends.</summary>
    public static async Task<RunResult> RunAsync(RunPlan plan, TextWriter output, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(plan.Folder, $"fault-lab-{Environment.ProcessId}-{plan.Name}")).FullName;
        using var log = new RunLog(plan.Name, Path.Combine(folder, "run.log"), output, TimeProvider.System);
        var schedule = Schedule.Draw(plan.Seed, plan.Kinds, plan.Duration);
        var clusterPlan = new ClusterPlan
        {
            Topology = plan.Topology,
            Folder = folder,
            Loopback = plan.Loopback,
            UsualDetection = plan.UsualDetection,
            MovesClock = schedule.Any(episode => episode.Fault == FaultCatalogue.Clock),
        };
        await using var cluster = await LabCluster.StartAsync(clusterPlan, log, cancellationToken);
        log.Write("started");
        var player = new FaultPlayer(cluster, (_, _) => { });
        await player.PlayAsync(schedule, plan.Kinds, cancellationToken);
        return RunResult.Of(plan) with { Faults = player.Count, Troubles = player.Troubles, Folder = folder };
    }
}
