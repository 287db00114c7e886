using System.Globalization;
using System.Text;
using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Faults;

namespace OrleansBroker.FaultLab.Runs;

/// <summary>Many runs, some at a time, and a table of them that grows as they end.</summary>
internal sealed class LabCampaign(IReadOnlyList<RunPlan> plans, int parallel, string? report, TextWriter output)
{
    private readonly RunResult?[] _results = new RunResult?[plans.Count];
    private readonly Lock _lock = new();

    /// <summary>Faults and topologies that a text names.</summary>
    /// <exception cref="LabException">It names one that there is not.</exception>
    public static IReadOnlyList<(string Fault, Topology Topology)> Targets(string text, bool loopback) => text == "all"
        ? [.. Everything(loopback)]
        : [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(Target)];

    /// <summary>Runs all of them.</summary>
    /// <returns>Whether all were clean.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, plans.Count, options, async (i, token) =>
        {
            RunResult result;
            try
            {
                result = await LabRun.RunAsync(plans[i], output, token);
            }
            catch (LabException failure)
            {
                result = RunResult.Broken(plans[i], failure.Message);
            }

            await result.WriteAsync(output);
            lock (_lock)
            {
                _results[i] = result;
                if (report is not null)
                {
                    File.WriteAllText(report, Report());
                }
            }
        });
        var clean = _results.Count(result => result?.IsClean == true);
        await output.WriteLineAsync($"{clean} passed, {plans.Count - clean} failed");
        return clean == plans.Count;
    }

    private static IEnumerable<(string Fault, Topology Topology)> Target(string text)
    {
        var parts = text.Split('@');
        if (parts is [var name])
        {
            return Everywhere(name);
        }

        return parts is [var fault, var where] && Enum.TryParse<Topology>(where, ignoreCase: true, out var topology)
            ? [(fault, topology)]
            : throw new LabException($"'{text}' names no fault; allowed: a fault, or one with @cluster or @single behind it.");
    }

    private static IEnumerable<(string Fault, Topology Topology)> Everywhere(string name) =>
        name == FaultCatalogue.Mix
            ? [(name, Topology.Cluster), (name, Topology.Single)]
            : (FaultCatalogue.Kinds.FirstOrDefault(kind => kind.Name == name)
                // The catalogue has the sentence for a name that does not exist.
                ?? FaultCatalogue.Select(name, Topology.Cluster, loopback: false)[0]).Topologies.Select(topology => (name, topology));

    private static IEnumerable<(string Fault, Topology Topology)> Everything(bool loopback) => FaultCatalogue.Kinds
        .Where(kind => FaultCatalogue.IsPossible(kind, loopback))
        .SelectMany(kind => kind.Topologies.Select(topology => (kind.Name, topology)))
        .Concat(Everywhere(FaultCatalogue.Mix));

    private string Report()
    {
        var done = _results.OfType<RunResult>().ToList();
        var text = new StringBuilder("# Fault lab: report\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{done.Count(result => result.IsClean)} of {done.Count} runs were clean; {plans.Count} were asked for, {parallel} at a time, {plans[0].Rate} messages/s each. [fault-lab.md](fault-lab.md) says what each\nfault does, what is judged, and how a run is repeated from its fault, topology and seed.\n\n");
        text.Append("| Fault | Topology | Seed | Duration | Faults | Confirmed | Delivered | Redelivered | Longest wait | Verdict |\n|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var result in done)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {result.Fault} | {result.Topology} | {result.Seed} | {result.Duration.TotalSeconds:F0} s | {result.Faults} | {result.Confirmed:N0} | {result.Delivered:N0} | {result.Redelivered:N0} | {result.LongestWait.TotalSeconds:F1} s | {result.Verdict} |\n");
        }

        return text.ToString();
    }
}
