using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Faults;
using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Judging;
using OrleansBroker.FaultLab.Load;

namespace OrleansBroker.FaultLab.Runs;

/// <summary>One run: starts silos and load, lets faults happen, heals, drains, judges.</summary>
internal sealed class LabRun
{
    // So long a queue may take until it is empty, when everything is well: some hundred times what it does take.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMinutes(3);

    // After a fault that was the last, silos are well already. What may not be is what the fault player has given up on.
    private static readonly TimeSpan HealPatience = TimeSpan.FromMinutes(2);

    private readonly RunPlan _plan;
    private readonly string _folder;
    private readonly RunLog _log;
    private readonly List<string> _troubles = [];

    private LabRun(RunPlan plan, string folder, RunLog log)
    {
        _plan = plan;
        _folder = folder;
        _log = log;
    }

    /// <summary>Runs a plan to its end, and takes away everything that it started, however it ends.</summary>
    public static async Task<RunResult> RunAsync(RunPlan plan, TextWriter output, CancellationToken cancellationToken)
    {
        // Of this process and this run, so that labs may run at the same time.
        var folder = Directory.CreateDirectory(Path.Combine(plan.Folder, $"fault-lab-{Environment.ProcessId}-{plan.Name.Replace('#', '-')}")).FullName;
        RunResult result;
        using (var log = new RunLog(plan.Name, Path.Combine(folder, "run.log"), output, TimeProvider.System))
        {
            result = await new LabRun(plan, folder, log).RunAsync(cancellationToken);
        }

        if (result.IsClean && !plan.Keep)
        {
            Directory.Delete(folder, recursive: true);
            return result;
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "result.json"), result.ToJson(), CancellationToken.None);
        return result with { Folder = folder };
    }

    private async Task<RunResult> RunAsync(CancellationToken cancellationToken)
    {
        var schedule = Schedule.Draw(_plan.Seed, _plan.Kinds, _plan.Duration);
        var path = Path.Combine(_folder, "history.jsonl");
        int faults;
        await using (var history = new HistoryLog(path, TimeProvider.System))
        {
            faults = await PlayAsync(schedule, history, cancellationToken);
        }

        var verdict = Judge.Decide(HistoryReader.Read(path));
        return RunResult.Of(_plan) with
        {
            Faults = faults,
            Confirmed = verdict.Confirmed,
            Delivered = verdict.Delivered,
            Redelivered = verdict.Redelivered,
            LongestWait = verdict.LongestWait,
            Violations = verdict.Counts.ToDictionary(kind => kind.Key.ToString(), kind => (int)kind.Value),
            Evidence = [.. verdict.Violations.Select(violation => violation.ToString())],
            Troubles = _troubles,
        };
    }

    private async Task<int> PlayAsync(IReadOnlyList<Episode> schedule, HistoryLog history, CancellationToken cancellationToken)
    {
        var clusterPlan = new ClusterPlan
        {
            Topology = _plan.Topology,
            Folder = _folder,
            Loopback = _plan.Loopback,
            UsualDetection = _plan.UsualDetection,
            MovesClock = schedule.Any(episode => episode.Fault == FaultCatalogue.Clock),
        };
        await using var cluster = await LabCluster.StartAsync(clusterPlan, _log, cancellationToken);
        await using var load = await LabLoad.StartAsync(LoadOf(cluster), history, cancellationToken);
        _log.Write("started");
        var player = new FaultPlayer(cluster, (kind, begins, text) =>
            history.Add(begins ? HistoryEvent.FaultBegan(text, kind.LosesMemory) : HistoryEvent.FaultEnded(text)));
        await player.PlayAsync(schedule, _plan.Kinds, cancellationToken);
        _troubles.AddRange(player.Troubles);
        if (await cluster.HealAsync(HealPatience, cancellationToken) is { } remains)
        {
            _troubles.Add($"after all faults: {remains}");
        }

        history.Add(new HistoryEvent { Kind = HistoryKind.Healed });
        await load.StopPublishingAsync().WaitAsync(cancellationToken);
        _log.Write("healed; draining");
        var drained = await load.DrainAsync(DrainPatience).WaitAsync(cancellationToken);
        _log.Write(drained.Stuck ?? "drained");
        foreach (var (why, count) in load.Endings)
        {
            _log.Write($"{count} clients' sessions ended: {why}");
        }

        return player.Count;
    }

    private LoadPlan LoadOf(LabCluster cluster) => new()
    {
        Seed = _plan.Seed,
        Rate = _plan.Rate,
        Silos = [.. cluster.Silos.Select(silo => new SiloEndpoint
        {
            Name = silo.Name,
            Host = silo.Machine.Address,
            AmqpPort = silo.Ports.Amqp,
            GatewayPort = silo.Ports.Gateway,
            ManagementPort = silo.Ports.Http,
        })],
    };
}
