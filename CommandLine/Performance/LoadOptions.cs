namespace OrleansBroker.CommandLine.Performance;

/// <summary>The load of a measurement.</summary>
internal sealed record LoadOptions
{
    public required int Publishers { get; init; }

    public required int Consumers { get; init; }

    /// <summary>Octets of a body.</summary>
    public required int Size { get; init; }

    /// <summary>The most publishes of one publisher that wait for confirms; 0 for no confirms.</summary>
    public required int Confirms { get; init; }

    /// <summary>The most deliveries of one consumer that wait for acks; 0 for none, which are acknowledged automatically.</summary>
    public required int Prefetch { get; init; }

    /// <summary>How many deliveries one ack stands for.</summary>
    public required int AckEach { get; init; }

    /// <summary>Messages a second of one publisher; 0 for as many as it can.</summary>
    public required int Rate { get; init; }

    public required TimeSpan Duration { get; init; }

    public required bool Persistent { get; init; }

    public required string Exchange { get; init; }

    public required string Key { get; init; }

    public required string Queue { get; init; }
}
