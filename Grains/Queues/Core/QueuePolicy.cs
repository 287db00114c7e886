namespace OrleansBroker.Grains.Queues.Core;

/// <summary>What policies say of a queue. Where the queue's own arguments say the same, the stricter number counts, and the argument's text.</summary>
internal sealed record QueuePolicy
{
    /// <summary>No policy.</summary>
    public static readonly QueuePolicy None = new();

    public long? MessageTtl { get; init; }
    public long? Expires { get; init; }
    public long? MaxLength { get; init; }
    public long? MaxLengthBytes { get; init; }
    public string? Overflow { get; init; }
    public string? DeadLetterExchange { get; init; }
    public string? DeadLetterRoutingKey { get; init; }
    public long? DeliveryLimit { get; init; }
    public long? ConsumerTimeout { get; init; }
    public string? RetryType { get; init; }
    public long? RetryMin { get; init; }
    public long? RetryMax { get; init; }

    /// <summary>What holds beside an argument: for a quorum queue the policy's word counts before it, as RabbitMQ has it.</summary>
    public string? OverflowBeside(string? argument, bool quorum) => quorum ? Overflow ?? argument : argument ?? Overflow;

    /// <summary>The smaller of a policy's number and an argument's.</summary>
    public static long? Least(long? policy, long? argument) => policy < argument || argument is null ? policy : argument;

    /// <summary>The stricter of two delivery limits: a negative one is none.</summary>
    public static long? Stricter(long? policy, long? argument) =>
        policy is null || argument is null ? policy ?? argument
        : policy < 0 || argument < 0 ? Math.Max(policy.Value, argument.Value)
        : Math.Min(policy.Value, argument.Value);
}
