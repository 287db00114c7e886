using OrleansBroker.FaultLab.Cluster;

namespace OrleansBroker.FaultLab.Faults;

/// <summary>SIGKILL of silos, which are started again at the end.</summary>
internal sealed class KillFault(IReadOnlyList<SiloNode> victims) : Fault
{
    public override string Text => $"kill -9 of {string.Join(", ", victims.Select(silo => silo.Name))}";

    public override Task BeginAsync(CancellationToken cancellationToken) => Task.WhenAll(victims.Select(silo => silo.KillAsync()));

    public override Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        foreach (var silo in victims)
        {
            silo.Start();
        }

        return Task.FromResult(Fine);
    }
}

/// <summary>
/// SIGSTOP for longer than it takes to be declared dead, then SIGCONT: a silo that works on with what it knew. It ends by itself when it
/// reads that it is dead, and is started again.
/// </summary>
internal sealed class PauseFault(SiloNode victim) : Fault
{
    public override string Text => $"SIGSTOP of {victim.Name}";

    public override Task BeginAsync(CancellationToken cancellationToken) => victim.PauseAsync();

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await victim.ResumeAsync();
        return Fine;
    }
}

/// <summary>SIGTERM of one silo after the other, each as soon as the one before is back.</summary>
internal sealed class RollingRestartFault(LabCluster cluster, int first) : Fault
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    private string? _trouble;

    public override string Text => "rolling restart by SIGTERM";

    public override async Task BeginAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < cluster.Silos.Count; i++)
        {
            var silo = cluster.Silos[(first + i) % cluster.Silos.Count];
            var code = await silo.TerminateAsync();
            if (code != 0)
            {
                _trouble ??= $"{silo.Name} ended with {code} after SIGTERM, which is to drain and end with 0";
            }

            silo.Start();
            if (await cluster.WaitUntilWellAsync(StartPatience, cancellationToken) is { } trouble)
            {
                _trouble ??= $"after the restart of {silo.Name}: {trouble}";
                return;
            }
        }
    }

    public override Task<string?> EndAsync(CancellationToken cancellationToken) => Task.FromResult(_trouble);
}

/// <summary>Clocks jump, forward or back, and jump back at the end.</summary>
internal sealed class ClockFault(IReadOnlyList<SiloNode> victims, TimeSpan jump) : Fault
{
    public override string Text => $"clock of {string.Join(", ", victims.Select(silo => silo.Name))} jumps by {jump.TotalMinutes:F0} min";

    public override Task BeginAsync(CancellationToken cancellationToken) => SetAsync(jump);

    public override async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await SetAsync(TimeSpan.Zero);
        return Fine;
    }

    private Task SetAsync(TimeSpan ahead)
    {
        foreach (var silo in victims)
        {
            silo.SetClock(ahead);
        }

        return Task.CompletedTask;
    }
}
