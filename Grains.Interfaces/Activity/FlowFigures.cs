namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>What flowed through a silo as a whole, where no queue and no channel has a count of it.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.FlowFigures")]
public sealed record FlowFigures
{
    /// <summary>Ready messages of the queues that are active on it.</summary>
    [Id(0)] public long Ready { get; init; }
    /// <summary>Unacknowledged messages of those.</summary>
    [Id(1)] public long Unacked { get; init; }
    /// <summary>Octets of the ready messages' bodies.</summary>
    [Id(2)] public long ReadyBytes { get; init; }
    /// <summary>Copies that routing made, one per destination.</summary>
    [Id(3)] public long Routed { get; init; }
    /// <summary>Messages that left a queue for their time to live.</summary>
    [Id(4)] public long Expired { get; init; }
    /// <summary>Messages that were rejected without requeue.</summary>
    [Id(5)] public long Rejected { get; init; }
    /// <summary>Messages that left a full queue.</summary>
    [Id(6)] public long MaxLength { get; init; }
    /// <summary>Messages that were returned too often.</summary>
    [Id(7)] public long DeliveryLimit { get; init; }
    /// <summary>Messages that are stored at their dead-letter target.</summary>
    [Id(8)] public long DeadLettered { get; init; }
    /// <summary>Declarations of queues.</summary>
    [Id(9)] public long QueuesDeclared { get; init; }
    /// <summary>Queues that were created.</summary>
    [Id(10)] public long QueuesCreated { get; init; }
    /// <summary>Queues that were deleted.</summary>
    [Id(11)] public long QueuesDeleted { get; init; }
    /// <summary>Messages that publishers handed over.</summary>
    [Id(12)] public long Received { get; init; }
    /// <summary>Messages that came over AMQP and are to be confirmed.</summary>
    [Id(13)] public long ReceivedConfirm { get; init; }
    /// <summary>Channels that have published.</summary>
    [Id(14)] public int Publishers { get; init; }
    /// <summary>How many of the messages that came over AMQP are of each size, by <see cref="MessageSizes.Bounds"/>, with one more for all above; empty without a gateway.</summary>
    [Id(15)] public long[] Sizes { get; init; } = [];
    /// <summary>Octets of their bodies together.</summary>
    [Id(16)] public long SizeSum { get; init; }
    /// <summary>Declarations of queues, a second.</summary>
    [Id(17)] public double QueuesDeclaredRate { get; init; }
    /// <summary>Queues that are created, a second.</summary>
    [Id(18)] public double QueuesCreatedRate { get; init; }
    /// <summary>Queues that are deleted, a second.</summary>
    [Id(19)] public double QueuesDeletedRate { get; init; }
    /// <summary>Ready messages in memory, of the queues that are active on it.</summary>
    [Id(20)] public long ReadyInMemory { get; init; }
    /// <summary>Messages that those queues read from the store.</summary>
    [Id(21)] public long StoreReads { get; init; }
    /// <summary>Messages that they wrote to the store.</summary>
    [Id(22)] public long StoreWrites { get; init; }
}

/// <summary>Counts messages by the size of their bodies, as RabbitMQ groups them. Many may write at once.</summary>
public sealed class MessageSizes
{
    private static readonly int[] UpTo = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 50_000_000, 100_000_000];

    private readonly long[] _counts = new long[UpTo.Length + 1];
    private long _sum;

    /// <summary>The largest size of each group but the last.</summary>
    public static ReadOnlySpan<int> Bounds => UpTo;

    /// <summary>Octets in all.</summary>
    public long Sum => Volatile.Read(ref _sum);

    /// <summary>The group of a size.</summary>
    public static int GroupOf(int octets)
    {
        var group = 0;
        while (group < UpTo.Length && octets > UpTo[group])
        {
            group++;
        }

        return group;
    }

    /// <summary>Adds messages of one group.</summary>
    public void Add(int group, long messages, long octets)
    {
        Interlocked.Add(ref _counts[group], messages);
        Interlocked.Add(ref _sum, octets);
    }

    /// <summary>The count of each group.</summary>
    public long[] Read() => [.. _counts.Select(static (_, group) => group).Select(group => Volatile.Read(ref _counts[group]))];
}
