using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Queues.Core;

/// <summary>
/// Where every message of a queue is, found by walking all that it holds and not by its counters: what tests hold the counters against.
/// </summary>
internal sealed class QueueCensus
{
    /// <summary>Wait for a commit.</summary>
    public List<MessagePosition> Arriving { get; } = [];
    /// <summary>Ready, in memory.</summary>
    public List<MessagePosition> Ready { get; } = [];
    /// <summary>With a consumer.</summary>
    public List<MessagePosition> Unacked { get; } = [];
    /// <summary>Returned, and kept back for a while.</summary>
    public List<MessagePosition> Deferred { get; } = [];
    /// <summary>On their way to the dead-letter exchange.</summary>
    public List<MessagePosition> DeadLettering { get; } = [];
    /// <summary>Ready, in the store alone: what stands there in these ranges, but for <see cref="TakenFromTail"/>.</summary>
    public List<MessageRange> Paged { get; } = [];
    /// <summary>Numbers within the ranges that left them already.</summary>
    public HashSet<long> TakenFromTail { get; } = [];
    /// <summary>How many messages the bands count in the store alone.</summary>
    public long PagedCount { get; set; }
}
