using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core.Consumers;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>One active queue's depth and counts: written by its grain, read by whoever collects metrics.</summary>
internal sealed class QueueGauge(QueueId queue, QueueGauges owner, long? movedAt = null) : IDisposable
{
    // What costs a silo time: messages that come and go.
    private static readonly MessageCount[] Busy = [MessageCount.Publish, MessageCount.Deliver, MessageCount.DeliverNoAck, MessageCount.Get, MessageCount.GetNoAck];

    private readonly MessageCounters _counters = new();
    private readonly QueueUsers _users = new();
    private long _settledAt = movedAt ?? long.MinValue;
    private double _rate;
    private long _ready;
    private long _unacked;
    private long _readyBytes;
    private long _oldestAt = long.MaxValue;
    private long _inMemory;
    private long _timestamp = long.MinValue;
    private long _storeReads;
    private long _storeWrites;
    private int _consumers;
    private Consumer? _active;
    private long _sampledReady;
    private long _sampledUnacked;
    private long _sampledAt;
    private double _readyRate;
    private double _unackedRate;
    private MessageFigures? _last;
    private long? _idleSince;

    public QueueId Queue { get; } = queue;

    public long Ready => Volatile.Read(ref _ready);

    public long Unacked => Volatile.Read(ref _unacked);

    public long ReadyBytes => Volatile.Read(ref _readyBytes);

    /// <summary>When the oldest ready message in memory was enqueued, in Unix milliseconds; <see cref="long.MaxValue"/> where there is none.</summary>
    public long OldestAt => Volatile.Read(ref _oldestAt);

    public int Consumers => Volatile.Read(ref _consumers);

    /// <summary>Messages a second, in and out, by the last sample.</summary>
    public double Rate => Volatile.Read(ref _rate);

    /// <summary>The silo that it is mostly used from, by the last sample; null where there is none.</summary>
    public SiloAddress? Home => _users.Home;

    /// <summary>Whether only its connection uses it: then it stays.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>What it costs its silo, in idle queues.</summary>
    public double Weight(int messagesPerQueue) => 1 + (Rate / messagesPerQueue);

    /// <summary>Whether it may move; not for a while after it moved or could not.</summary>
    public bool MayMove(TimeProvider time, TimeSpan rest) =>
        !IsExclusive && (Volatile.Read(ref _settledAt) is var settled && (settled == long.MinValue || time.GetElapsedTime(settled) >= rest));

    /// <summary>It stays where it is for a while.</summary>
    public void Settled(TimeProvider time) => Volatile.Write(ref _settledAt, time.GetTimestamp());

    /// <summary>Messages came from a silo, or went there.</summary>
    public void Used(SiloAddress? silo, long messages) => _users.Add(silo, messages);

    /// <summary>How it stands after a turn.</summary>
    public void Set(long ready, long unacked, long readyBytes, int consumers, Consumer? active, in HeadFigures head = default)
    {
        Volatile.Write(ref _ready, ready);
        Volatile.Write(ref _unacked, unacked);
        Volatile.Write(ref _readyBytes, readyBytes);
        Volatile.Write(ref _consumers, consumers);
        Volatile.Write(ref _active, active);
        Volatile.Write(ref _oldestAt, head.OldestAt ?? long.MaxValue);
        Volatile.Write(ref _inMemory, head.InMemory);
        Volatile.Write(ref _timestamp, head.Timestamp ?? long.MinValue);
    }

    /// <summary>Ready messages in memory.</summary>
    public long InMemory => Volatile.Read(ref _inMemory);

    /// <summary>Messages that were read from the store.</summary>
    public long StoreReads => Volatile.Read(ref _storeReads);

    /// <summary>Messages that were written to the store.</summary>
    public long StoreWrites => Volatile.Read(ref _storeWrites);

    /// <summary>Counts messages that were read from the store.</summary>
    public void Loaded(int messages) => Volatile.Write(ref _storeReads, _storeReads + messages);

    /// <summary>Counts messages that were written to the store.</summary>
    public void Stored(int messages) => Volatile.Write(ref _storeWrites, _storeWrites + messages);

    /// <summary>Counts what a batch did.</summary>
    public void Count(MessageCount kind, long count)
    {
        if (count > 0)
        {
            _counters.Add(kind, count);
            if (kind != MessageCount.Publish)
            {
                // What many queues took was published once, and is counted where it was.
                owner.Totals.AddShared(kind, count);
            }
        }
    }

    /// <summary>Takes the rates since the last sample, and notes since when nothing happens.</summary>
    public void Sample(TimeProvider time)
    {
        var now = time.GetTimestamp();
        var seconds = _sampledAt == 0 ? 0 : time.GetElapsedTime(_sampledAt, now).TotalSeconds;
        _sampledAt = now;
        var (ready, unacked) = (Ready, Unacked);
        (_readyRate, _unackedRate) = seconds > 0 ? ((ready - _sampledReady) / seconds, (unacked - _sampledUnacked) / seconds) : (0, 0);
        (_sampledReady, _sampledUnacked) = (ready, unacked);
        _counters.Sample(time);
        var figures = _counters.Read();
        Volatile.Write(ref _rate, figures is null ? 0 : Busy.Sum(kind => figures.Rates[(int)kind]));
        _users.Sample();
        var isIdle = Consumers == 0 && (figures is null || (_last is not null && figures.Totals.AsSpan().SequenceEqual(_last.Totals)));
        _idleSince = isIdle ? _idleSince ?? time.GetUtcNow().ToUnixTimeMilliseconds() : null;
        _last = figures;
    }

    /// <summary>How the queue stands on this silo.</summary>
    public QueueFigures Read(string silo) => new()
    {
        Id = Queue,
        Silo = silo,
        Ready = Ready,
        Unacked = Unacked,
        ReadyBytes = ReadyBytes,
        Consumers = Consumers,
        Messages = _counters.Read(),
        ReadyRate = _readyRate,
        UnackedRate = _unackedRate,
        IdleSince = _idleSince,
        ReadyInMemory = InMemory,
        StoreReads = StoreReads,
        StoreWrites = StoreWrites,
        HeadTimestamp = Volatile.Read(ref _timestamp) is var timestamp && timestamp != long.MinValue ? timestamp : null,
        ActiveConsumer = Volatile.Read(ref _active)?.Id,
    };

    public void Dispose() => owner.Forget(this);
}

/// <summary>What a queue has at its head, in memory.</summary>
/// <param name="InMemory">Ready messages in memory.</param>
/// <param name="OldestAt">When the oldest of them was enqueued, in Unix milliseconds; null where there is none.</param>
/// <param name="Timestamp">What the next one has as its timestamp, in Unix seconds; null where it has none.</param>
internal readonly record struct HeadFigures(long InMemory, long? OldestAt, long? Timestamp);
