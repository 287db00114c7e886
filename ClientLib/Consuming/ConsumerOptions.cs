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
        };
    }
}
