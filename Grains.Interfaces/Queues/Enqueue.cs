using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Interfaces.Queues;

/// <summary>
/// What one link sends to a queue in one call. A link has one call in flight; a batch whose outcome is unknown is sent again,
/// before any later one, with the same number, and the queue answers a repeat as it did the first time.
/// </summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.EnqueueBatch")]
public sealed class EnqueueBatch
{
    /// <summary>The link: one per silo boot and queue, drawn at random.</summary>
    [Id(0)] public required long Link { get; init; }
    /// <summary>The batch's number on its link, from 1, without gaps.</summary>
    [Id(1)] public required long Number { get; init; }
    /// <summary>The messages, in their order.</summary>
    [Id(2)] public required MessageBatch Messages { get; init; }
    /// <summary>The silo that sends; null where that is not known.</summary>
    [Id(3)] public SiloAddress? Silo { get; init; }
    /// <summary>Whether it was sent before, without an answer: what no store keeps may have been delivered then.</summary>
    [Id(4)] public bool IsRepeated { get; init; }

    /// <summary>The same batch, for another time.</summary>
    public EnqueueBatch Again() => new() { Link = Link, Number = Number, Messages = Messages, Silo = Silo, IsRepeated = true };
}

/// <summary>What became of a batch.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.EnqueueReply")]
public sealed class EnqueueReply
{
    /// <summary>All messages were enqueued.</summary>
    public static EnqueueReply Accepted { get; } = new();

    /// <summary>The queue does not exist; none was enqueued.</summary>
    public static EnqueueReply Missing { get; } = new() { NotFound = true };

    /// <summary>Whether the queue does not exist.</summary>
    [Id(0)] public bool NotFound { get; init; }

    /// <summary>Indexes of messages that a full queue refused (overflow reject-publish), ascending; null where there are none.</summary>
    [Id(1)] public int[]? Refused { get; init; }
}
