using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Queues.Model;

internal enum Place
{
    Waiting,
    Unacked,
    Deferred,
    DeadLettering,
    Gone,
}

/// <summary>A message as the naive model sees it.</summary>
internal sealed class ModelMessage
{
    public required MessagePosition Position { get; init; }
    public required string Text { get; init; }
    public required bool Durable { get; init; }
    public required long EnqueuedAt { get; init; }
    public required long ExpiresAt { get; init; }
    /// <summary>The write that its publisher waits for; 0 where there is none.</summary>
    public required long Write { get; init; }

    public Place Place { get; set; }
    public ConsumerId Holder { get; set; }
    public long Delivery { get; set; }
    public bool Delivered { get; set; }
    /// <summary>Whether it was delivered before its last delivery.</summary>
    public bool DeliveredBefore { get; set; }
    /// <summary>A crash came after it: it may be marked redelivered without having been delivered.</summary>
    public bool MayBeMarked { get; set; }
    public int DeliveryCount { get; set; }
    public long HandedAt { get; set; }
    /// <summary>Until when a returned message is kept back.</summary>
    public long DeferredUntil { get; set; }
    /// <summary>Its publisher was told that it is safe.</summary>
    public bool Confirmed { get; set; }

    public bool IsImmediate => ExpiresAt <= EnqueuedAt;

    public bool IsDue(long now) => ExpiresAt <= now;

    /// <summary>Whether it is delivered before the other.</summary>
    public bool IsBefore(ModelMessage other) =>
        Position.Priority != other.Position.Priority
            ? Position.Priority > other.Position.Priority
            : Position.Sequence < other.Position.Sequence;
}

/// <summary>A consumer, or one who gets, as the naive model sees it.</summary>
internal sealed class ModelConsumer
{
    public required ConsumerId Id { get; init; }
    public bool NoAck { get; init; }
    public bool Exclusive { get; init; }
    public int Priority { get; init; }
    public bool Getter { get; init; }
    public bool Attached { get; set; }
    public bool Busy { get; set; }
    public long Granted { get; set; }
    public long Delivered { get; set; }
    public long LeaseUntil { get; set; }

    public long Credit => Granted - Delivered;
}
