using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansBroker.FaultLab.Runs;

/// <summary>What came out of a run.</summary>
internal sealed record RunResult
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };
    private const int ShownEvidence = 20;

    /// <summary>The run's name.</summary>
    public required string Name { get; init; }

    /// <summary>The fault.</summary>
    public required string Fault { get; init; }

    /// <summary>Where it happened.</summary>
    public required string Topology { get; init; }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>How long faults began.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How many faults happened.</summary>
    public int Faults { get; init; }

    /// <summary>Messages that a publisher was told are safe.</summary>
    public long Confirmed { get; init; }

    /// <summary>Deliveries, repeated ones too.</summary>
    public long Delivered { get; init; }

    /// <summary>Deliveries that said of themselves that they may not be the first.</summary>
    public long Redelivered { get; init; }

    /// <summary>The longest that a publisher waited for its confirm.</summary>
    public TimeSpan LongestWait { get; init; }

    /// <summary>Violations by kind, as the judge names them.</summary>
    public IReadOnlyDictionary<string, int> Violations { get; init; } = new Dictionary<string, int>();

    /// <summary>The violations' evidence, some of them.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>What went wrong besides messages: a silo that does not come back, a stop that does not drain.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>Where history and logs are; null where they were taken away.</summary>
    public string? Folder { get; init; }

    /// <summary>The command line that repeats the run.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Whether nothing was wrong.</summary>
    [JsonIgnore]
    public bool IsClean => Violations.Values.Sum() == 0 && Troubles.Count == 0;

    /// <summary>The verdict in a few words.</summary>
    [JsonIgnore]
    public string Verdict => IsClean
        ? "clean"
        : string.Join(", ", Violations.Where(kind => kind.Value > 0).Select(kind => $"{kind.Value} {kind.Key}").Concat(Troubles));

    /// <summary>The result of a run that the lab could not bring to its end.</summary>
    public static RunResult Broken(RunPlan plan, string why) => Of(plan) with { Troubles = [why] };

    /// <summary>The result of a plan, without anything that came out of it.</summary>
    public static RunResult Of(RunPlan plan) => new()
    {
        Name = plan.Name,
        Fault = plan.Fault,
        Topology = plan.Topology.ToString().ToLowerInvariant(),
        Seed = plan.Seed,
        Duration = plan.Duration,
        CommandLine = plan.CommandLine,
    };

    /// <summary>What was counted, in a few words.</summary>
    public static string Counts(long confirmed, long delivered, long redelivered, TimeSpan longestWait) => string.Create(
        CultureInfo.InvariantCulture,
        $"{confirmed} confirmed, {delivered} delivered, {redelivered} of them redelivered, longest wait {longestWait.TotalSeconds:F1} s");

    /// <summary>What <see cref="ToJson"/> wrote.</summary>
    public static RunResult Read(string json) => JsonSerializer.Deserialize<RunResult>(json, Json)!;

    /// <summary>The result as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The result for a reader.</summary>
    public async Task WriteAsync(TextWriter output)
    {
        foreach (var evidence in Evidence.Take(ShownEvidence))
        {
            await output.WriteLineAsync($"  {evidence}");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Name}: {Verdict}. {Faults} faults, {Counts(Confirmed, Delivered, Redelivered, LongestWait)}."));
        if (Folder is not null)
        {
            await output.WriteLineAsync($"  history and logs: {Folder}");
        }

        if (!IsClean)
        {
            await output.WriteLineAsync($"  again: {CommandLine}");
        }
    }
}
