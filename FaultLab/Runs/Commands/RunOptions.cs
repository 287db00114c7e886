using System.CommandLine;
using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Faults;

namespace OrleansBroker.FaultLab.Runs.Commands;

/// <summary>The options that a run has by itself and in a campaign.</summary>
internal sealed class RunOptions
{
    private const int LongestSeconds = 7 * 24 * 3600;
    private const int HighestRate = 100_000;

    private readonly Option<int> _duration = new("--duration") { Description = "Seconds in which faults begin; healing and draining come on top.", DefaultValueFactory = _ => 120 };
    private readonly Option<int> _rate = new("--rate") { Description = "Messages a second, of all publishers together.", DefaultValueFactory = _ => 300 };
    private readonly Option<bool> _usual = new("--usual-detection") { Description = "Find a silo's death out with the broker's default settings; otherwise a little sooner." };
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep histories and logs of clean runs as well." };
    private readonly Option<DirectoryInfo?> _folder = new("--folder") { Description = "Where runs have their folders. Default: the system's temporary folder." };

    public RunOptions(Command command)
    {
        Bound(_duration, LongestSeconds);
        Bound(_rate, HighestRate);
        foreach (var option in new Option[] { _duration, _rate, _usual, Loopback, _keep, _folder })
        {
            command.Add(option);
        }
    }

    /// <summary>Whether everything is on this machine's loopback.</summary>
    public Option<bool> Loopback { get; } = new("--loopback")
    {
        Description = "Without network namespaces and mounts, which need root: all silos on 127.0.0.1. Fewer faults are possible.",
    };

    /// <summary>The plan of one run.</summary>
    public RunPlan Plan(ParseResult line, string fault, Topology? topology, int seed)
    {
        var loopback = line.GetValue(Loopback);
        var where = topology ?? (fault == FaultCatalogue.Mix
            ? Topology.Cluster
            : FaultCatalogue.Kinds.FirstOrDefault(kind => kind.Name == fault)?.Topologies[0] ?? Topology.Cluster);
        return new RunPlan
        {
            Fault = fault,
            // Asked for here, so that a name that does not exist is told before anything starts.
            Kinds = FaultCatalogue.Select(fault, where, loopback),
            Topology = where,
            Seed = seed,
            Duration = TimeSpan.FromSeconds(line.GetValue(_duration)),
            Rate = line.GetValue(_rate),
            Loopback = loopback,
            UsualDetection = line.GetValue(_usual),
            Keep = line.GetValue(_keep),
            Folder = line.GetValue(_folder)?.FullName ?? Path.GetTempPath(),
        };
    }

    private static void Bound(Option<int> option, int most) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && (value < 1 || value > most))
        {
            result.AddError($"{option.Name} is '{value}'; allowed: a whole number from 1 to {most}.");
        }
    });
}
