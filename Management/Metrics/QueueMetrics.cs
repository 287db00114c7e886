using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Management.Overview;

namespace OrleansBroker.Management.Metrics;

/// <summary>Metrics of queues, by RabbitMQ's names.</summary>
internal static class QueueMetrics
{
    private const string Gauge = "gauge";
    private const string Counter = "counter";

    // A sum of timestamps says nothing.
    private const string OfOneOnly = "queue_head_message_timestamp";

    private static readonly string[] WithInfo = ["queue_coarse_metrics", "queue_consumer_count", "queue_metrics"];

    private static readonly Metric[] All =
    [
        new("queue_coarse_metrics", "queue_messages_ready", Gauge, "Messages ready to be delivered to consumers", static queue => queue.Ready),
        new("queue_coarse_metrics", "queue_messages_unacked", Gauge, "Messages delivered to consumers but not yet acknowledged", static queue => queue.Unacked),
        new("queue_coarse_metrics", "queue_messages", Gauge, "Sum of ready and unacknowledged messages - total queue depth", static queue => queue.Ready + queue.Unacked),
        new("queue_consumer_count queue_metrics", "queue_consumers", Gauge, "Consumers on a queue", static queue => queue.Consumers),
        new("queue_metrics", "queue_messages_ready_bytes", Gauge, "Size in bytes of ready messages", static queue => queue.ReadyBytes),
        new("queue_metrics", "queue_messages_ram", Gauge, "Ready and unacknowledged messages stored in memory", static queue => queue.ReadyInMemory + queue.Unacked),
        new("queue_metrics", "queue_messages_ready_ram", Gauge, "Ready messages stored in memory", static queue => queue.ReadyInMemory),
        new("queue_metrics", "queue_messages_unacked_ram", Gauge, "Unacknowledged messages stored in memory", static queue => queue.Unacked),
        new("queue_metrics", "queue_head_message_timestamp", Gauge, "Timestamp of the first message in the queue, if any", static queue => queue.HeadTimestamp ?? double.NaN),
        new("queue_metrics", "queue_disk_reads_total", Counter, "Total number of times queue read messages from disk", static queue => queue.StoreReads),
        new("queue_metrics", "queue_disk_writes_total", Counter, "Total number of times queue wrote messages to disk", static queue => queue.StoreWrites),
        new("queue_delivery_metrics", "queue_get_ack_total", Counter, "Total number of messages fetched from a queue with basic.get in manual acknowledgement mode", Count(MessageCount.Get)),
        new("queue_delivery_metrics", "queue_get_total", Counter, "Total number of messages fetched from a queue with basic.get in automatic acknowledgement mode", Count(MessageCount.GetNoAck)),
        new("queue_delivery_metrics", "queue_messages_delivered_ack_total", Counter, "Total number of messages delivered from a queue to consumers in manual acknowledgement mode", Count(MessageCount.Deliver)),
        new("queue_delivery_metrics", "queue_messages_delivered_total", Counter, "Total number of messages delivered from a queue to consumers in automatic acknowledgement mode", Count(MessageCount.DeliverNoAck)),
        new("queue_delivery_metrics", "queue_messages_redelivered_total", Counter, "Total number of messages redelivered from a queue to consumers", Count(MessageCount.Redeliver)),
        new("queue_delivery_metrics", "queue_messages_acked_total", Counter, "Total number of messages acknowledged by consumers on a queue", Count(MessageCount.Ack)),
        new("queue_delivery_metrics", "queue_get_empty_total", Counter, "Total number of times basic.get operations fetched no message on a queue", Count(MessageCount.GetEmpty)),
    ];

    /// <summary>The families that there are.</summary>
    public static IReadOnlySet<string> Families { get; } = new HashSet<string>(All.SelectMany(static metric => metric.Families.Split(' ')));

    /// <summary>Whether what queues are is told besides these families, as RabbitMQ does.</summary>
    public static bool AskForInfo(IReadOnlySet<string> families) => families.Overlaps(WithInfo);

    /// <summary>A series for each queue. Counters begin when a queue becomes active, and one that sleeps has none.</summary>
    public static async Task WriteAsync(
        PrometheusText text, IReadOnlySet<string> families, IReadOnlyList<QueueFigures> queues, CancellationToken cancellationToken)
    {
        string[] labels = [.. queues.Select(static queue => PrometheusText.Labels(("vhost", queue.Id.VirtualHost), ("queue", queue.Id.Name)))];
        foreach (var metric in All.Where(metric => metric.Families.Split(' ').Any(families.Contains)))
        {
            text.Family(metric.Name, metric.Type, metric.Help);
            for (var i = 0; i < queues.Count; i++)
            {
                if ((metric.Type == Gauge || queues[i].Messages is not null) && metric.Value(queues[i]) is var value && !double.IsNaN(value))
                {
                    text.Sample(labels[i], value);
                    await text.FlushAsync(cancellationToken);
                }
            }
        }
    }

    /// <summary>Sums of the queues that are active here, and of those that sleep where this silo tells of them.</summary>
    public static void Totals(PrometheusText text, SiloFigures silo, AsleepQueues asleep)
    {
        var flow = silo.Flow ?? new FlowFigures();
        var sum = new QueueFigures
        {
            Id = default,
            Ready = flow.Ready + asleep.Ready,
            Unacked = flow.Unacked,
            ReadyBytes = flow.ReadyBytes + asleep.ReadyBytes,
            Consumers = silo.Consumers,
            Messages = silo.Messages,
            ReadyInMemory = flow.ReadyInMemory,
            StoreReads = flow.StoreReads,
            StoreWrites = flow.StoreWrites,
        };
        foreach (var metric in All.Where(static metric => metric.Name != OfOneOnly))
        {
            text.Single(metric.Name, metric.Type, metric.Help, metric.Value(sum));
        }
    }

    /// <summary>What each queue is; the silo that tells of it leads it.</summary>
    public static async Task InfoAsync(PrometheusText text, IReadOnlyList<QueueFigures> queues, CancellationToken cancellationToken)
    {
        text.Family("queue_info", Gauge, "A metric with a constant '1' value and labels that provide some queue details");
        foreach (var queue in queues)
        {
            var labels = PrometheusText.Labels(
                ("vhost", queue.Id.VirtualHost), ("queue", queue.Id.Name), ("queue_type", "rabbit_classic_queue"), ("membership", "leader"));
            text.Sample(labels, 1);
            await text.FlushAsync(cancellationToken);
        }
    }

    private static Func<QueueFigures, double> Count(MessageCount kind) => queue => queue.Messages?.Totals[(int)kind] ?? 0;

    private sealed record Metric(string Families, string Name, string Type, string Help, Func<QueueFigures, double> Value);
}
