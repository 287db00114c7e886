using System.Globalization;
using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>Violations as they are found: all are counted, and the first of each kind are kept.</summary>
internal sealed class Findings
{
    private const int KeptOfKind = 20;
    private const int EventsOfEvidence = 40;

    private readonly Dictionary<ViolationKind, long> _counts = [];
    private readonly List<Violation> _kept = [];

    /// <summary>How many there are of each kind that there is.</summary>
    public IReadOnlyDictionary<ViolationKind, long> Counts => _counts;

    /// <summary>Adds one.</summary>
    public void Add(ViolationKind kind, string text, MessageName? message = null, string? queue = null)
    {
        var count = _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        if (count <= KeptOfKind)
        {
            _kept.Add(new Violation(kind, text, message, queue));
        }
    }

    /// <summary>What was kept, each with the events of its message and all faults.</summary>
    public IReadOnlyList<Violation> WithEvidence(IEnumerable<HistoryEvent> history)
    {
        var wanted = _kept.Where(violation => violation.Message is not null).Select(violation => violation.Message!.Value).ToHashSet();
        if (wanted.Count == 0)
        {
            return _kept;
        }

        var found = wanted.ToDictionary(name => name, _ => new List<HistoryEvent>());
        foreach (var happened in history)
        {
            if (happened.Kind is HistoryKind.FaultBegan or HistoryKind.FaultEnded or HistoryKind.Healed)
            {
                foreach (var events in found.Values)
                {
                    events.Add(happened);
                }
            }
            else if (happened.Publisher != 0 && found.TryGetValue(happened.Message, out var events) && events.Count < EventsOfEvidence)
            {
                events.Add(happened);
            }
        }

        return [.. _kept.Select(violation => violation.Message is { } name ? violation with { Evidence = found[name] } : violation)];
    }

    /// <summary>A time of a history as people read it.</summary>
    public static string Seconds(long time) => string.Create(CultureInfo.InvariantCulture, $"{time / 1e9:0.000} s");
}
