namespace OrleansBroker.FaultLab.Judging;

/// <summary>A consumer, from its start to its end.</summary>
internal sealed class ConsumerState
{
    /// <summary>When it was about to start.</summary>
    public long StartedAt { get; init; }

    /// <summary>How many messages it may hold; 0 for no limit.</summary>
    public int Prefetch { get; init; }

    /// <summary>Whether its end has begun: what it holds may return.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Whether it is gone.</summary>
    public bool HasEnded { get; set; }

    /// <summary>What it was delivered and has neither acked nor returned.</summary>
    public HashSet<CopyState> Held { get; } = [];

    /// <summary>By publisher, the highest message that it was delivered for the first time.</summary>
    public Dictionary<int, (long Number, MessageState Message)> Highest { get; } = [];

    /// <summary>It is gone, and holds nothing any more.</summary>
    public void End()
    {
        IsEnding = HasEnded = true;
        Held.Clear();
        Highest.Clear();
    }
}
