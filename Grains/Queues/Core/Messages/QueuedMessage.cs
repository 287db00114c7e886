using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>Where a message of the queue is; it is in one state at a time.</summary>
internal enum MessageState : byte
{
    /// <summary>Waits for its own commit, or for that of a message before it.</summary>
    Arriving,
    /// <summary>May be delivered.</summary>
    Ready,
    /// <summary>With a consumer.</summary>
    Unacked,
    /// <summary>Returned, and waits before it is ready again.</summary>
    Deferred,
    /// <summary>Out of the queue's order, and kept until its dead letter is stored.</summary>
    DeadLettering,
    /// <summary>Has left the queue's memory.</summary>
    Gone,
}

/// <summary>A message that the queue holds in memory: the one object that it costs.</summary>
internal sealed class QueuedMessage(BrokerMessage message, byte priority, long sequence, long enqueuedAt)
{
    /// <summary>The deadline of a message that does not expire.</summary>
    public const long Never = long.MaxValue;

    private static readonly BrokerMessage Released = new("", "", default, default);

    public BrokerMessage Message { get; set; } = message;
    public long Sequence { get; } = sequence;
    public long EnqueuedAt { get; } = enqueuedAt;
    public long ExpiresAt { get; set; } = Never;
    public int DeliveryCount { get; set; }
    public int AcquiredCount { get; set; }
    /// <summary>When it was handed to the consumer that holds it.</summary>
    public long HandedAt { get; set; }
    public byte Priority { get; } = priority;
    public MessageState State { get; set; }

    /// <summary>May have been delivered before.</summary>
    public bool Redelivered { get; set; }
    /// <summary>Survives a crash: a persistent message in a durable queue.</summary>
    public bool Durable { get; init; }
    /// <summary>Stands in the store, or in a write on its way there.</summary>
    public bool Stored { get; set; }
    /// <summary>Was told to go to the paged tail when it arrived.</summary>
    public bool Spills { get; init; }
    /// <summary>Came back from a consumer and waits among the returned.</summary>
    public bool Returned { get; set; }
    /// <summary>Stands among the deadlines that are watched one by one.</summary>
    public bool Watched { get; set; }
    /// <summary>Was read out of the middle of the paged tail, to be dropped or dead-lettered.</summary>
    public bool FromTail { get; init; }
    /// <summary>Its return waits to be written.</summary>
    public bool ReturnPending { get; set; }

    public int BodySize => Message.Body.Length;

    /// <summary>Lives only as long as it can be delivered at once (a time to live of 0).</summary>
    public bool IsImmediate => ExpiresAt <= EnqueuedAt;

    public MessagePosition Position => new(Priority, Sequence);

    /// <summary>A message that the full queue did not take, on its way to the dead-letter exchange.</summary>
    public static QueuedMessage Refused(BrokerMessage message, long now) => new(message, 0, 0, now);

    /// <summary>It is gone: whatever still refers to it keeps no payload alive.</summary>
    public void Release()
    {
        State = MessageState.Gone;
        Message = Released;
    }

    public StoredMessage ToStored() => new()
    {
        Position = Position,
        Message = Message,
        EnqueuedAt = EnqueuedAt,
        ExpiresAt = ExpiresAt == Never ? null : ExpiresAt,
        DeliveryCount = DeliveryCount,
        Redelivered = Redelivered,
        Transient = !Durable,
    };

    public static QueuedMessage FromStored(StoredMessage stored, bool mayHaveBeenDelivered, bool fromTail = false) =>
        new(stored.Message, stored.Position.Priority, stored.Position.Sequence, stored.EnqueuedAt)
        {
            ExpiresAt = stored.ExpiresAt ?? Never,
            DeliveryCount = stored.DeliveryCount,
            AcquiredCount = stored.DeliveryCount,
            Redelivered = stored.Redelivered || mayHaveBeenDelivered,
            Durable = !stored.Transient,
            Stored = true,
            FromTail = fromTail,
        };
}
