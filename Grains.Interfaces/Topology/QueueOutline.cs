namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>How many queues a virtual host has, and the names of some, at even distances, so that a page far behind is found at once.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Stride">How many queues lie between two marks.</param>
/// <param name="Marks">The name of each queue at a multiple of the stride, from the first multiple on.</param>
public sealed record QueueOutline(long Count, int Stride, IReadOnlyList<string> Marks)
{
    /// <summary>The mark to read behind for what follows so many queues, and how many lie before what is read then. No mark: from the start.</summary>
    public (string? After, long Before) Seek(long skip)
    {
        var mark = (int)Math.Min(skip / Stride, Marks.Count);
        return mark == 0 ? (null, 0) : (Marks[mark - 1], (long)mark * Stride);
    }
}
