namespace OrleansBroker.FaultLab.Load;

/// <summary>How emptying the queues went.</summary>
/// <param name="Stuck">What is stuck, by queue; null where all is empty.</param>
public sealed record DrainResult(string? Stuck)
{
    /// <summary>Whether nothing is ready or unacknowledged any more.</summary>
    public bool IsDrained => Stuck is null;
}
