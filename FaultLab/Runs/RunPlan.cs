using System.Text;
using OrleansBroker.FaultLab.Cluster;
using OrleansBroker.FaultLab.Faults;

namespace OrleansBroker.FaultLab.Runs;

/// <summary>What one run does.</summary>
internal sealed record RunPlan
{
    /// <summary>The fault's name, or <see cref="FaultCatalogue.Mix"/>.</summary>
    public required string Fault { get; init; }

    /// <summary>The kinds that this stands for.</summary>
    public required IReadOnlyList<FaultKind> Kinds { get; init; }

    /// <summary>Where it happens.</summary>
    public required Topology Topology { get; init; }

    /// <summary>Where schedule and load are drawn from.</summary>
    public required int Seed { get; init; }

    /// <summary>How long faults begin.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Messages a second.</summary>
    public required int Rate { get; init; }

    /// <summary>Whether everything is on this machine's loopback.</summary>
    public bool Loopback { get; init; }

    /// <summary>Whether a silo's death is found out as by default.</summary>
    public bool UsualDetection { get; init; }

    /// <summary>Whether history and logs stay after a clean run.</summary>
    public bool Keep { get; init; }

    /// <summary>Where the run's folder is made.</summary>
    public required string Folder { get; init; }

    /// <summary>A short name for lines of output.</summary>
    public string Name => $"{Fault}@{Topology.ToString().ToLowerInvariant()}#{Seed}";

    /// <summary>The command line that repeats it.</summary>
    public string CommandLine
    {
        get
        {
            var line = new StringBuilder("dotnet run --project FaultLab -c Release -- run")
                .Append(System.Globalization.CultureInfo.InvariantCulture, $" --fault {Fault} --topology {Topology.ToString().ToLowerInvariant()} --seed {Seed} --duration {(int)Duration.TotalSeconds} --rate {Rate}");
            return line.Append(Loopback ? " --loopback" : "").Append(UsualDetection ? " --usual-detection" : "").ToString();
        }
    }
}
