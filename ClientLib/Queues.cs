using OrleansBroker.ClientLib.Definitions;

namespace OrleansBroker.ClientLib;

/// <summary>What a queue is created with beside its name.</summary>
public sealed record QueueOptions
{
    /// <summary>Whether it, and the persistent messages in it, survive a restart of the broker. Default true.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Whether only this connection may use it; it is deleted when the connection closes. Default false.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Whether it is deleted when its last consumer goes. Default false.</summary>
    public bool AutoDelete { get; init; }

    /// <summary>How long a message stays before it expires, to the millisecond. Default null: it does not.</summary>
    public TimeSpan? MessageTimeToLive { get; init; }

    /// <summary>After how long without use the queue is deleted, to the millisecond. Default null: never.</summary>
    public TimeSpan? ExpiresAfter { get; init; }

    /// <summary>Most ready messages; what happens beyond is <see cref="Overflow"/>'s. Default null: no limit.</summary>
    public long? MaxLength { get; init; }

    /// <summary>Most octets of ready messages' bodies. Default null: no limit.</summary>
    public long? MaxLengthBytes { get; init; }

    /// <summary>What a full queue does. Default: drops its oldest messages.</summary>
    public Overflow Overflow { get; init; }

    /// <summary>Highest priority of messages, 1 to 255. Default null: no priorities.</summary>
    public byte? MaxPriority { get; init; }

    /// <summary>The exchange that gets expired, dropped and rejected messages; empty for the default exchange. Default null: they are gone.</summary>
    public string? DeadLetterExchange { get; init; }

    /// <summary>The routing key that dead letters get. Default null: their own.</summary>
    public string? DeadLetterRoutingKey { get; init; }

    /// <summary>How many failed deliveries a message may have before it is dead-lettered. Default null: the broker's.</summary>
    public int? DeliveryLimit { get; init; }

    /// <summary>Whether only one consumer at a time gets messages, the next one after it went. Default false.</summary>
    public bool SingleActiveConsumer { get; init; }

    /// <summary>Further arguments. Default none.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = EmptyArguments.Instance;
}

/// <summary>What a full queue does with one more message.</summary>
public enum Overflow
{
    /// <summary>Drops, or dead-letters, the oldest.</summary>
    DropHead,
    /// <summary>Refuses the new one: its publish throws <see cref="PublishRefusedException"/>.</summary>
    RejectPublish,
    /// <summary>Refuses the new one and dead-letters it.</summary>
    RejectPublishDeadLetter,
}

/// <summary>A queue's name and counts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Messages">How many messages wait for a consumer.</param>
/// <param name="Unacked">How many are delivered and not settled.</param>
/// <param name="Consumers">How many consumers are attached.</param>
public sealed record QueueInfo(string Name, long Messages, long Unacked, int Consumers);
