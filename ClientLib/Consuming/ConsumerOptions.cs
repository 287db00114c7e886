using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>How a consumer consumes.</summary>
internal sealed record ConsumerOptions
{
    /// <summary>
    /// Messages on their way or unsettled at a time, where none is asked for: enough that a fast handler does not wait for the way to
    /// the broker (some 0.3 ms there and back), few enough to be shared among consumers.
    /// </summary>
    public const int DefaultPrefetch = 250;

    /// <summary>Messages on their way to a consumer that acks automatically; credit is topped up when half of it is used.</summary>
    public const int AutoAckWindow = 2000;

    /// <summary>Most that may be asked for: each of them may be in memory.</summary>
    public const int MaxPrefetch = 65_535;

    /// <summary>The queue.</summary>
    public required string Queue { get; init; }

    /// <summary>Messages on their way or unsettled at a time.</summary>
    public required int Prefetch { get; init; }

    /// <summary>Deliveries are settled by being sent.</summary>
    public bool AutoAck { get; init; }

    /// <summary>Whether settling makes room for more; else it is told when what came was processed (<see cref="SettlePump.Grant"/>).</summary>
    public bool IsCreditBySettling { get; init; } = true;

    /// <summary>The consumer's tag, as lists show it; null for one that names its host.</summary>
    public string? Tag { get; init; }

    /// <summary>No other consumer is let in.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Lower ones are served while all higher ones are out of credit.</summary>
    public int Priority { get; init; }

    /// <summary>The connection that consumes, for exclusive queues; a session puts its own.</summary>
    public Guid? Connection { get; init; }

    /// <summary>Arguments of the consume, kept for lists.</summary>
    public FieldTable Arguments { get; init; } = FieldTable.Empty;

    /// <summary>Options as the calls' arguments give them; 0 is the default prefetch.</summary>
    public static ConsumerOptions Of(string? queue, int prefetch, bool autoAck)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefetch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefetch, MaxPrefetch);
        return new ConsumerOptions
        {
            Queue = queue ?? Messages.Route.DefaultQueue,
            Prefetch = prefetch > 0 ? prefetch : autoAck ? AutoAckWindow : DefaultPrefetch,
            AutoAck = autoAck,
            IsCreditBySettling = !autoAck,
        };
    }
}
