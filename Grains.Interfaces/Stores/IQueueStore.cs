namespace OrleansBroker.Grains.Interfaces.Stores;

/// <summary>
/// Where queues keep their messages. A queue is known by its incarnation number, never by its name. All calls for one incarnation
/// come from its one owner, which holds the epoch that <see cref="AcquireAsync"/> gave it; the store refuses the writes of an
/// earlier epoch at the point where it commits. Commits of many queues share one sync.
/// </summary>
public interface IQueueStore
{
    /// <summary>
    /// Takes the queue over under a new, durable epoch and returns what stands in the store. Never scans messages. A queue that
    /// the store has not seen yet is empty, at epoch 1.
    /// </summary>
    Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken);

    /// <summary>
    /// Commits a write as a whole. Commits of one queue take effect in the order of the calls, and several may be under way. The
    /// task completes after the sync when <see cref="QueueWrite.Sync"/> is set, else once a crash of the process cannot undo it. The
    /// store must not keep a reference to the write's memory after that.
    /// </summary>
    /// <returns>False when the write's epoch is not the queue's any more: nothing was written.</returns>
    Task<bool> CommitAsync(QueueWrite write);

    /// <summary>
    /// Reads messages of one priority between two sequence numbers, both included, in order; gaps (settled messages) are skipped.
    /// It returns at most <paramref name="limit"/>, and stops early after some 4 MiB; a shorter list than asked for is no sign of the end.
    /// </summary>
    Task<IReadOnlyList<StoredMessage>> ReadAsync(long incarnation, MessageRange range, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads messages that expire, by name, in the order in which they are named; those that are gone are skipped. It stops early after
    /// some 4 MiB: what is named after the last that it returned may be there.
    /// </summary>
    Task<IReadOnlyList<StoredMessage>> ReadAsync(long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken);

    /// <summary>
    /// Names messages that expire in their order, from <paramref name="from"/> on, at most <paramref name="limit"/>; fewer only where there
    /// are no more. Knows those that were written with <see cref="StoredMessage.ExpiresAt"/>.
    /// </summary>
    Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The states of queues as their last commits left them, without taking any over; after a crash less the transient messages that it
    /// took. As many as asked for, in the same order; <see cref="QueueState.New"/> for one that the store has not seen.
    /// </summary>
    Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken);

    /// <summary>Deletes the queue and its messages, whatever its epoch; a later commit for it is refused.</summary>
    Task DeleteAsync(long incarnation, CancellationToken cancellationToken);
}

/// <summary>A message's place: higher priorities before lower ones, then by sequence number.</summary>
/// <param name="Priority">0 in a queue without priorities.</param>
/// <param name="Sequence">The number under which it was enqueued; strictly increasing in a queue, across epochs.</param>
public readonly record struct MessagePosition(byte Priority, long Sequence);

/// <summary>Messages of one priority between two sequence numbers, both included.</summary>
public readonly record struct MessageRange(byte Priority, long First, long Last);

/// <summary>A message that expires. The order is that of the deadlines, and of the places among those with the same.</summary>
/// <param name="Position">Its place.</param>
/// <param name="ExpiresAt">When, in Unix milliseconds.</param>
public readonly record struct ExpiringMessage(MessagePosition Position, long ExpiresAt) : IComparable<ExpiringMessage>
{
    /// <inheritdoc/>
    public int CompareTo(ExpiringMessage other)
    {
        var order = ExpiresAt.CompareTo(other.ExpiresAt);
        order = order != 0 ? order : Position.Priority.CompareTo(other.Position.Priority);
        return order != 0 ? order : Position.Sequence.CompareTo(other.Position.Sequence);
    }

    /// <summary>Whether one comes before another.</summary>
    public static bool operator <(ExpiringMessage left, ExpiringMessage right) => left.CompareTo(right) < 0;

    /// <summary>Whether one comes after another.</summary>
    public static bool operator >(ExpiringMessage left, ExpiringMessage right) => left.CompareTo(right) > 0;

    /// <summary>Whether one comes before another, or is the same.</summary>
    public static bool operator <=(ExpiringMessage left, ExpiringMessage right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one comes after another, or is the same.</summary>
    public static bool operator >=(ExpiringMessage left, ExpiringMessage right) => left.CompareTo(right) >= 0;
}

/// <summary>A message as a queue keeps it.</summary>
public sealed record StoredMessage
{
    /// <summary>Its place.</summary>
    public required MessagePosition Position { get; init; }
    /// <summary>The message.</summary>
    public required Messages.BrokerMessage Message { get; init; }
    /// <summary>When it was enqueued, in Unix milliseconds.</summary>
    public required long EnqueuedAt { get; init; }
    /// <summary>When it expires, in Unix milliseconds; null when it does not.</summary>
    public long? ExpiresAt { get; init; }
    /// <summary>How many deliveries of it have failed: what <c>x-delivery-count</c> tells.</summary>
    public int DeliveryCount { get; init; }
    /// <summary>Whether it may have been delivered before.</summary>
    public bool Redelivered { get; init; }
    /// <summary>
    /// It is not durable (a transient message, or a queue that is not): it stands in the store only because memory is short or the
    /// queue moves. It is not synced, and it is gone after a crash, without its number being left in the queue's counts.
    /// </summary>
    public bool Transient { get; init; }
}

/// <summary>One atomic change of a queue.</summary>
public sealed record QueueWrite
{
    /// <summary>The queue.</summary>
    public required long Incarnation { get; init; }
    /// <summary>The epoch that its owner holds.</summary>
    public required long Epoch { get; init; }
    /// <summary>Messages to add.</summary>
    public IReadOnlyList<StoredMessage> Appended { get; init; } = [];
    /// <summary>Messages to remove. A range over messages that are not there is harmless.</summary>
    public IReadOnlyList<MessageRange> Removed { get; init; } = [];
    /// <summary>
    /// Of the messages that are removed those that expire, as far as the owner knows them: so the store takes them out of its index
    /// without looking them up. Of others it finds out when it comes across them in the index.
    /// </summary>
    public IReadOnlyList<ExpiringMessage> RemovedExpiring { get; init; } = [];
    /// <summary>Messages whose delivery count or redelivered mark changes.</summary>
    public IReadOnlyList<RequeuedMessage> Requeued { get; init; } = [];
    /// <summary>The queue's state after this write; replaces the one before.</summary>
    public required QueueState State { get; init; }
    /// <summary>Whether the commit waits for the disk: set when a confirm or an answer depends on it.</summary>
    public bool Sync { get; init; }
}

/// <summary>A message that returned to its place.</summary>
public readonly record struct RequeuedMessage(MessagePosition Position, int DeliveryCount);

/// <summary>
/// What an owner must know of its queue to go on without reading the messages. Counts are of stored messages, unacked ones
/// included.
/// </summary>
public sealed record QueueState
{
    /// <summary>The state of a queue that never had a message.</summary>
    public static QueueState New { get; } = new();

    /// <summary>The next sequence number.</summary>
    public long NextSequence { get; init; } = 1;
    /// <summary>Per priority that has stored messages: where they begin and how many there are.</summary>
    public IReadOnlyList<StoredBand> Bands { get; init; } = [];
    /// <summary>Highest sequence number that may have been delivered: after an unclean end, all up to it count as redelivered.</summary>
    public long DeliveredUpTo { get; init; }
    /// <summary>The last batch of each link, so that a repeat is refused. Most recent last, bounded by the owner.</summary>
    public IReadOnlyList<LinkPosition> Links { get; init; } = [];
    /// <summary>The owner let go of the queue with everything written; false while it is owned.</summary>
    public bool Released { get; init; }
}

/// <summary>The stored messages of one priority.</summary>
public readonly record struct StoredBand
{
    /// <summary>The priority.</summary>
    public required byte Priority { get; init; }
    /// <summary>No stored message of this priority has a smaller sequence number: reading starts here and skips no tombstones.</summary>
    public required long First { get; init; }
    /// <summary>Durable messages.</summary>
    public required long Durable { get; init; }
    /// <summary>Octets of the durable messages' bodies.</summary>
    public required long DurableBytes { get; init; }
    /// <summary>Transient messages.</summary>
    public required long Transient { get; init; }
    /// <summary>Octets of the transient messages' bodies.</summary>
    public required long TransientBytes { get; init; }
}

/// <summary>The last batch that a link brought.</summary>
/// <param name="Link">The link.</param>
/// <param name="Number">The batch's number.</param>
/// <param name="Refused">Indexes of messages that were refused in it; null where there were none.</param>
public sealed record LinkPosition(long Link, long Number, int[]? Refused);

/// <summary>A queue that was taken over.</summary>
/// <param name="Epoch">The new epoch.</param>
/// <param name="State">What the last commit left. After a crash the store has removed the transient messages and their counts.</param>
public sealed record AcquiredQueue(long Epoch, QueueState State);
