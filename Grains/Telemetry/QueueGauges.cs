using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>Depths and counts of the silo's active queues: the totals, and each queue by name for the deepest ones.</summary>
internal sealed class QueueGauges
{
    // A metric with a series per queue breaks collectors when there are 100,000 queues; the deepest are those one looks for.
    private const int NamedQueues = 20;

    private readonly ConcurrentDictionary<QueueId, QueueGauge> _active = new();

    private readonly TimeProvider _time;
    private double _rate;

    public QueueGauges(Meter meter, TimeProvider time)
    {
        _time = time;
        meter.CreateObservableGauge("orleansbroker.queues.active", () => _active.Count, "{queue}", "Queues in memory.");
        meter.CreateObservableGauge("orleansbroker.queues.ready", () => Sum(gauge => gauge.Ready), "{message}", "Ready messages of all active queues.");
        meter.CreateObservableGauge("orleansbroker.queues.unacked", () => Sum(gauge => gauge.Unacked), "{message}", "Unacknowledged messages of all active queues.");
        meter.CreateObservableGauge("orleansbroker.queues.oldest", () => Age(Active.Select(static gauge => gauge.OldestAt).DefaultIfEmpty(long.MaxValue).Min()), "s", "Age of the oldest ready message in memory.");
        meter.CreateObservableGauge("orleansbroker.queue.ready", () => Most(static gauge => gauge.Ready).Select(static gauge => Named(gauge, gauge.Ready)), "{message}", $"Ready messages of the {NamedQueues} deepest active queues.");
        meter.CreateObservableGauge("orleansbroker.queue.oldest", () => Most(gauge => Age(gauge.OldestAt)).Select(gauge => Named(gauge, Age(gauge.OldestAt))), "s", $"Age of the oldest ready message of the {NamedQueues} active queues where that is highest.");
    }

    /// <summary>What all queues did since the silo started, those that are gone included.</summary>
    public MessageCounters Totals { get; } = new();

    /// <summary>The active queues' gauges.</summary>
    public IEnumerable<QueueGauge> Active => _active.Select(static entry => entry.Value);

    /// <summary>What the active queues cost the silo by the last sample, in idle queues.</summary>
    public double Weight(int messagesPerQueue) => _active.Count + (Volatile.Read(ref _rate) / messagesPerQueue);

    /// <summary>Counts a queue that opened.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="isExclusive">Whether only its connection uses it.</param>
    /// <param name="movedAt">When it came from another silo; null where it did not.</param>
    public QueueGauge Track(QueueId queue, bool isExclusive = false, long? movedAt = null)
    {
        // Of two activations, which there can be for a while, the later one is the owner.
        var gauge = new QueueGauge(queue, this, movedAt) { IsExclusive = isExclusive };
        _active[queue] = gauge;
        return gauge;
    }

    /// <summary>The gauge of a queue that is active here.</summary>
    public bool TryFind(QueueId queue, [NotNullWhen(true)] out QueueGauge? gauge) => _active.TryGetValue(queue, out gauge);

    /// <summary>Takes the rates since the last sample.</summary>
    public void Sample(TimeProvider time)
    {
        Totals.Sample(time);
        var rate = 0.0;
        foreach (var gauge in Active)
        {
            gauge.Sample(time);
            rate += gauge.Rate;
        }

        Volatile.Write(ref _rate, rate);
    }

    internal void Forget(QueueGauge gauge) => _active.TryRemove(new(gauge.Queue, gauge));

    private long Sum(Func<QueueGauge, long> count) => Active.Sum(count);

    private double Age(long enqueuedAt) => enqueuedAt == long.MaxValue ? 0 : Math.Max(0, (_time.GetUtcNow().ToUnixTimeMilliseconds() - enqueuedAt) / 1000.0);

    private List<QueueGauge> Most<T>(Func<QueueGauge, T> measure)
        where T : struct, IComparable<T>
    {
        var most = new PriorityQueue<QueueGauge, T>(NamedQueues + 1);
        foreach (var gauge in Active)
        {
            var value = measure(gauge);
            if (value.CompareTo(default) > 0)
            {
                most.Enqueue(gauge, value);
                if (most.Count > NamedQueues)
                {
                    most.Dequeue();
                }
            }
        }

        return [.. most.UnorderedItems.Select(static item => item.Element)];
    }

    private static Measurement<T> Named<T>(QueueGauge gauge, T value)
        where T : struct => new(
            value,
            new KeyValuePair<string, object?>("messaging.destination.name", gauge.Queue.Name),
            new KeyValuePair<string, object?>("orleansbroker.vhost", gauge.Queue.VirtualHost));
}
