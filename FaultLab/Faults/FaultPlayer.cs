using OrleansBroker.FaultLab.Cluster;

namespace OrleansBroker.FaultLab.Faults;

/// <summary>Lets the faults of a schedule happen, one after the other, and waits after each until everything is well again.</summary>
/// <param name="cluster">What they happen to.</param>
/// <param name="told">Is told of the beginnings (true) and ends of faults.</param>
internal sealed class FaultPlayer(LabCluster cluster, Action<FaultKind, bool, string> told)
{
    // A dead member is known after seconds; three silos of a machine with few processors start again in some twenty.
    private static readonly TimeSpan HealPatience = TimeSpan.FromMinutes(2);

    private readonly List<string> _troubles = [];

    /// <summary>What the broker did that it must not do.</summary>
    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>How many faults have happened.</summary>
    public int Count { get; private set; }

    /// <summary>Lets all of them happen.</summary>
    public async Task PlayAsync(IReadOnlyList<Episode> schedule, IReadOnlyList<FaultKind> kinds, CancellationToken cancellationToken)
    {
        foreach (var episode in schedule)
        {
            await Task.Delay(episode.Pause, TimeProvider.System, cancellationToken);
            var kind = kinds.Single(kind => kind.Name == episode.Fault);
            var fault = kind.Create(cluster, episode);
            await PlayAsync(kind, fault, episode.Length, cancellationToken);
            Count++;
        }
    }

    private async Task PlayAsync(FaultKind kind, Fault fault, TimeSpan length, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        Tell(kind, true, fault.Text);
        await fault.BeginAsync(cancellationToken);
        if (length - time.GetElapsedTime(begun) is var rest && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, time, cancellationToken);
        }

        if (await fault.EndAsync(cancellationToken) is { } trouble)
        {
            Note(trouble);
        }

        // A fault is over when what it did is: until then silos may find out that they are dead, and clients that theirs is.
        if (await cluster.HealAsync(HealPatience, cancellationToken) is { } remains)
        {
            Note($"{HealPatience.TotalSeconds:F0} s after the end of '{fault.Text}': {remains}");
        }

        Tell(kind, false, fault.Text);
    }

    private void Note(string trouble)
    {
        cluster.Log.Write($"TROUBLE: {trouble}");
        _troubles.Add(trouble);
    }

    private void Tell(FaultKind kind, bool begins, string text)
    {
        cluster.Log.Write($"{(begins ? "begins" : "is over")}: {text}");
        told(kind, begins, text);
    }
}
