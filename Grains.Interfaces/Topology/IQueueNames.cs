namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>The names of a virtual host's queues, kept in memory, so that they can be looked through at once.</summary>
public interface IQueueNames
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>
    /// The names, many at a time, each followed by a line feed, which is in no name. Backward the last ones come first, and those that come
    /// together stand in their order. What was given is overwritten by what comes next.
    /// </summary>
    IEnumerable<ReadOnlyMemory<char>> Read(bool backward);
}
