using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>Depths of the silo's active queues: the totals, and each queue by name for the deepest ones.</summary>
internal sealed class QueueGauges
{
    // A metric with a series per queue breaks collectors when there are 100,000 queues; the deepest are those one looks for.
    private const int NamedQueues = 20;

    private readonly ConcurrentDictionary<QueueGauge, byte> _active = new();

    public QueueGauges(Meter meter)
    {
        meter.CreateObservableGauge("orleansbroker.queues.active", () => _active.Count, "{queue}", "Queues in memory.");
        meter.CreateObservableGauge("orleansbroker.queues.ready", () => Sum(gauge => gauge.Ready), "{message}", "Ready messages of all active queues.");
        meter.CreateObservableGauge("orleansbroker.queues.unacked", () => Sum(gauge => gauge.Unacked), "{message}", "Unacknowledged messages of all active queues.");
        meter.CreateObservableGauge("orleansbroker.queue.ready", Deepest, "{message}", $"Ready messages of the {NamedQueues} deepest active queues.");
    }

    public QueueGauge Track(QueueId queue)
    {
        var gauge = new QueueGauge(queue, this);
        _active.TryAdd(gauge, 0);
        return gauge;
    }

    internal void Forget(QueueGauge gauge) => _active.TryRemove(gauge, out _);

    private long Sum(Func<QueueGauge, long> count)
    {
        var sum = 0L;
        foreach (var (gauge, _) in _active)
        {
            sum += count(gauge);
        }

        return sum;
    }

    private IEnumerable<Measurement<long>> Deepest()
    {
        var deepest = new PriorityQueue<QueueGauge, long>(NamedQueues + 1);
        foreach (var (gauge, _) in _active)
        {
            var ready = gauge.Ready;
            if (ready > 0)
            {
                deepest.Enqueue(gauge, ready);
                if (deepest.Count > NamedQueues)
                {
                    deepest.Dequeue();
                }
            }
        }

        return deepest.UnorderedItems.Select(item => new Measurement<long>(
            item.Priority,
            new KeyValuePair<string, object?>("messaging.destination.name", item.Element.Queue.Name),
            new KeyValuePair<string, object?>("orleansbroker.vhost", item.Element.Queue.VirtualHost)));
    }
}

/// <summary>One active queue's depth: written by its grain, read by whoever collects metrics.</summary>
internal sealed class QueueGauge(QueueId queue, QueueGauges owner) : IDisposable
{
    private long _ready;
    private long _unacked;

    public QueueId Queue { get; } = queue;

    public long Ready => Volatile.Read(ref _ready);

    public long Unacked => Volatile.Read(ref _unacked);

    /// <summary>The depth after a turn.</summary>
    public void Set(long ready, long unacked)
    {
        Volatile.Write(ref _ready, ready);
        Volatile.Write(ref _unacked, unacked);
    }

    public void Dispose() => owner.Forget(this);
}
