namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>What is counted of messages, by RabbitMQ's names.</summary>
public enum MessageCount
{
    /// <summary>Published: by a channel, or into a queue.</summary>
    Publish,
    /// <summary>Confirmed to its publisher.</summary>
    Confirm,
    /// <summary>Returned to its publisher, for it was routed nowhere.</summary>
    ReturnUnroutable,
    /// <summary>Dropped, for it was routed nowhere.</summary>
    DropUnroutable,
    /// <summary>Delivered to a consumer that settles.</summary>
    Deliver,
    /// <summary>Delivered to a consumer that does not settle.</summary>
    DeliverNoAck,
    /// <summary>Got, and settled by whoever got it.</summary>
    Get,
    /// <summary>Got, and settled by that.</summary>
    GetNoAck,
    /// <summary>A get that found nothing.</summary>
    GetEmpty,
    /// <summary>Acknowledged.</summary>
    Ack,
    /// <summary>Delivered or got, and perhaps not for the first time.</summary>
    Redeliver,
}

/// <summary>
/// Counters of one queue, one channel or one silo. Whoever counts adds once for a batch; a clock samples them, which is where the rates
/// come from. Each kind has one writer at a time, or is added to with <see cref="AddShared"/>.
/// </summary>
public sealed class MessageCounters
{
    private static readonly int Kinds = Enum.GetValues<MessageCount>().Length;

    private readonly long[] _totals = new long[Kinds];
    private readonly long[] _sampled = new long[Kinds];
    private readonly double[] _rates = new double[Kinds];
    private long _sampledAt;

    /// <summary>Adds to a kind that has one writer.</summary>
    public void Add(MessageCount kind, long count) => Volatile.Write(ref _totals[(int)kind], _totals[(int)kind] + count);

    /// <summary>Adds to a kind that many write.</summary>
    public void AddShared(MessageCount kind, long count) => Interlocked.Add(ref _totals[(int)kind], count);

    /// <summary>The count of a kind.</summary>
    public long this[MessageCount kind] => Volatile.Read(ref _totals[(int)kind]);

    /// <summary>Takes the rates since the last sample. One caller at a time.</summary>
    public void Sample(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var now = time.GetTimestamp();
        var seconds = _sampledAt == 0 ? 0 : time.GetElapsedTime(_sampledAt, now).TotalSeconds;
        _sampledAt = now;
        for (var kind = 0; kind < Kinds; kind++)
        {
            var total = Volatile.Read(ref _totals[kind]);
            _rates[kind] = seconds > 0 ? (total - _sampled[kind]) / seconds : 0;
            _sampled[kind] = total;
        }
    }

    /// <summary>How it stands; null where nothing was counted yet.</summary>
    public MessageFigures? Read()
    {
        var totals = new long[Kinds];
        for (var kind = 0; kind < Kinds; kind++)
        {
            totals[kind] = Volatile.Read(ref _totals[kind]);
        }

        return Array.TrueForAll(totals, static total => total == 0) ? null : new MessageFigures { Totals = totals, Rates = [.. _rates] };
    }
}

/// <summary>Counts and rates a second, by <see cref="MessageCount"/>.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.MessageFigures")]
public sealed record MessageFigures
{
    /// <summary>Counts since the counters began.</summary>
    [Id(0)] public required long[] Totals { get; init; }
    /// <summary>Rates a second of the last 5 s.</summary>
    [Id(1)] public required double[] Rates { get; init; }

    /// <summary>Of all kinds only some.</summary>
    public MessageFigures Only(params ReadOnlySpan<MessageCount> kinds)
    {
        var (totals, rates) = (new long[Totals.Length], new double[Rates.Length]);
        foreach (var kind in kinds)
        {
            (totals[(int)kind], rates[(int)kind]) = (Totals[(int)kind], Rates[(int)kind]);
        }

        return new MessageFigures { Totals = totals, Rates = rates };
    }

    /// <summary>Both together.</summary>
    public static MessageFigures? Add(MessageFigures? left, MessageFigures? right) => (left, right) switch
    {
        (null, _) => right,
        (_, null) => left,
        var (one, other) => new MessageFigures
        {
            Totals = [.. one.Totals.Zip(other.Totals, static (a, b) => a + b)],
            Rates = [.. one.Rates.Zip(other.Rates, static (a, b) => a + b)],
        },
    };
}
