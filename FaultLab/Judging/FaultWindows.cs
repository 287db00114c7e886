using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>When faults were in effect.</summary>
internal sealed class FaultWindows
{
    private readonly List<FaultWindow> _windows = [];
    private long _last;

    /// <summary>All of them, in the order of their beginnings.</summary>
    public IReadOnlyList<FaultWindow> All => _windows;

    /// <summary>When the last event was.</summary>
    public long Last => _last;

    /// <summary>Notes what an event says of faults.</summary>
    public void Note(HistoryEvent happened)
    {
        _last = happened.Time;
        switch (happened.Kind)
        {
            case HistoryKind.FaultBegan:
                _windows.Add(new FaultWindow { Name = happened.Text, Began = happened.Time, LosesMemory = happened.Transient });
                break;
            case HistoryKind.FaultEnded when _windows.LastOrDefault(window => window.Ended is null && window.Name == happened.Text) is { } ended:
                ended.Ended = happened.Time;
                break;
            case HistoryKind.Healed:
                foreach (var open in _windows.Where(window => window.Ended is null))
                {
                    open.Ended = happened.Time;
                }

                break;
        }
    }

    /// <summary>Whether a fault, or what follows from it, was in effect at any time between.</summary>
    public bool Touch(long from, long to) => _windows.Exists(window => window.Began <= to && (window.Ended is not { } ended || ended + Judge.Aftermath >= from));

    /// <summary>Whether a silo's memory may have gone between.</summary>
    public bool TookMemory(long from, long to) =>
        _windows.Exists(window => window.LosesMemory && window.Began <= to && (window.Ended is not { } ended || ended + Judge.Aftermath >= from));

    /// <summary>From when on a broker that is whole can be expected to answer, for something that began at one time and ended at another.</summary>
    public long WholeSince(long began, long ended)
    {
        var since = began;
        foreach (var window in _windows.Where(window => window.Began <= ended))
        {
            since = Math.Max(since, window.Ended ?? ended);
        }

        return since;
    }
}

/// <summary>One fault.</summary>
internal sealed class FaultWindow
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>When it began.</summary>
    public long Began { get; init; }

    /// <summary>When it was taken back; null where it never was.</summary>
    public long? Ended { get; set; }

    /// <summary>Whether a silo's memory may have gone.</summary>
    public bool LosesMemory { get; init; }

    /// <summary>
    /// By queue, when the last durable message was sent that the queue had confirmed before the fault. A queue's writes are stored in
    /// their order, so what was acked before that message was sent is stored with it or before it.
    /// </summary>
    public Dictionary<int, long> StoredUpTo { get; } = [];
}
