namespace OrleansBroker.Grains.Queues.Core;

/// <summary>What a queue may hold in memory and send in one batch. Every buffer of the core is bounded by one of these.</summary>
internal sealed record QueueLimits
{
    /// <summary>Most ready messages kept in memory; what arrives beyond is paged out. Default 32,768.</summary>
    public int HeadMessages { get; init; } = 32_768;
    /// <summary>Most octets (properties and bodies) of ready messages kept in memory. Default 32 MiB.</summary>
    public long HeadBytes { get; init; } = 32L * 1024 * 1024;
    /// <summary>Messages that one page asks the store for. Default 2,048.</summary>
    public int PageMessages { get; init; } = 2_048;
    /// <summary>Most messages of one delivery. Default 1,024.</summary>
    public int DeliveryBatchMessages { get; init; } = 1_024;
    /// <summary>Octets after which a delivery is full; one message may exceed it. Default 1 MiB.</summary>
    public long DeliveryBatchBytes { get; init; } = 1024 * 1024;
    /// <summary>Links whose last batch is remembered; the one that is silent for longest is forgotten first. Default 64.</summary>
    public int MaxLinks { get; init; } = 64;
    /// <summary>Dead letters that may be under way at once; more wait where they are. Default 256.</summary>
    public int DeadLettersInFlight { get; init; } = 256;
    /// <summary>Milliseconds before a dead letter that could not be stored is tried again. Default 1,000.</summary>
    public long DeadLetterPause { get; init; } = 1_000;
    /// <summary>Positions of expiring messages that one look into the store's index asks for. Default 1,024.</summary>
    public int ExpiryPositions { get; init; } = 1_024;
    /// <summary>How far ahead of deliveries the durable mark "may have been delivered" is moved. Default 4,096 messages.</summary>
    public int DeliveryMarkStride { get; init; } = 4_096;
    /// <summary>Milliseconds after which a message still in memory stops sharing its slab. Default 10,000.</summary>
    public long SlabHold { get; init; } = 10_000;
    /// <summary>Milliseconds that a consumer may keep a message where neither it nor the queue says; 0: for ever. Default 0.</summary>
    public long ConsumerTimeout { get; init; }

    /// <summary>
    /// The same for a queue of delayed messages. Nobody consumes from its head, so that a small one is enough; and all that it has goes
    /// out as dead letters do, so that more of them are under way: what they hold in memory they would hold while they wait, too.
    /// </summary>
    public QueueLimits ForDelays() => this with
    {
        HeadMessages = Math.Min(HeadMessages, 4_096),
        HeadBytes = Math.Min(HeadBytes, 4L * 1024 * 1024),
        DeadLettersInFlight = Math.Max(DeadLettersInFlight, 1_024),
    };
}
