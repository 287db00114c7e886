using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Management.Metrics;

/// <summary>Metrics of connections and channels, by RabbitMQ's names. Its labels are process ids; here they are names.</summary>
internal static class ClientMetrics
{
    private const string Gauge = "gauge";
    private const string Counter = "counter";
    private const string ExchangeFamily = "channel_exchange_metrics";

    private static readonly Metric<ConnectionFigures>[] OfConnections =
    [
        new("connection_coarse_metrics", "connection_incoming_bytes_total", Counter, "Total number of bytes received on a connection", static it => it.Received),
        new("connection_coarse_metrics", "connection_outgoing_bytes_total", Counter, "Total number of bytes sent on a connection", static it => it.Sent),
        new("connection_metrics", "connection_pending_packets", Gauge, "Octets waiting to be sent on a connection", static it => it.Pending),
        new("connection_metrics", "connection_channels", Gauge, "Channels on a connection", static it => it.Channels),
    ];

    private static readonly Metric<ChannelFigures>[] OfChannels =
    [
        new("channel_metrics", "channel_consumers", Gauge, "Consumers on a channel", static it => it.Consumers.Length),
        new("channel_metrics", "channel_messages_unacked", Gauge, "Delivered but not yet acknowledged messages", static it => it.Unacked),
        new("channel_metrics", "channel_messages_unconfirmed", Gauge, "Published but not yet confirmed messages", static it => it.Unconfirmed),
        new("channel_metrics", "consumer_prefetch", Gauge, "Limit of unacknowledged messages for each consumer", static it => it.Prefetch),
        new("channel_metrics", "channel_prefetch", Gauge, "Limit of unacknowledged messages that the channel's consumers share", static it => it.SharedPrefetch),
        new(ExchangeFamily, "channel_messages_confirmed_total", Counter, "Total number of messages confirmed on a channel", Count(MessageCount.Confirm)),
        new(ExchangeFamily, "channel_messages_unroutable_returned_total", Counter, "Total number of messages published as mandatory and returned to the publisher as unroutable", Count(MessageCount.ReturnUnroutable)),
        new(ExchangeFamily, "channel_messages_unroutable_dropped_total", Counter, "Total number of messages published as non-mandatory and dropped as unroutable", Count(MessageCount.DropUnroutable)),
        new("channel_queue_metrics", "channel_get_ack_total", Counter, "Total number of messages fetched with basic.get in manual acknowledgement mode", Count(MessageCount.Get)),
        new("channel_queue_metrics", "channel_get_total", Counter, "Total number of messages fetched with basic.get in automatic acknowledgement mode", Count(MessageCount.GetNoAck)),
        new("channel_queue_metrics", "channel_messages_delivered_ack_total", Counter, "Total number of messages delivered to consumers in manual acknowledgement mode", Count(MessageCount.Deliver)),
        new("channel_queue_metrics", "channel_messages_delivered_total", Counter, "Total number of messages delivered to consumers in automatic acknowledgement mode", Count(MessageCount.DeliverNoAck)),
        new("channel_queue_metrics", "channel_messages_redelivered_total", Counter, "Total number of messages redelivered to consumers", Count(MessageCount.Redeliver)),
        new("channel_queue_metrics", "channel_messages_acked_total", Counter, "Total number of messages acknowledged by consumers", Count(MessageCount.Ack)),
        new("channel_queue_metrics", "channel_get_empty_total", Counter, "Total number of times basic.get operations fetched no message", Count(MessageCount.GetEmpty)),
    ];

    /// <summary>The families that there are.</summary>
    public static IReadOnlySet<string> Families { get; } =
        new HashSet<string>([.. OfConnections.Select(static metric => metric.Family), .. OfChannels.Select(static metric => metric.Family)]);

    /// <summary>A series for each.</summary>
    public static async Task WriteAsync(
        PrometheusText text,
        IReadOnlySet<string> families,
        IReadOnlyList<ConnectionFigures> connections,
        IReadOnlyList<ChannelFigures> channels,
        CancellationToken cancellationToken)
    {
        await WriteAsync(text, OfConnections, families, connections, static it => PrometheusText.Labels(("connection", it.Name)), cancellationToken);
        await PublishedAsync(text, families, channels, cancellationToken);
        await WriteAsync(text, OfChannels, families, channels, static it => PrometheusText.Labels(("channel", NameOf(it))), cancellationToken);
    }

    private static string NameOf(ChannelFigures channel) => $"{channel.Connection.Name} ({channel.Number})";

    /// <summary>What channels published, by exchange: the one thing that they count so.</summary>
    private static async Task PublishedAsync(
        PrometheusText text, IReadOnlySet<string> families, IReadOnlyList<ChannelFigures> channels, CancellationToken cancellationToken)
    {
        if (!families.Contains(ExchangeFamily))
        {
            return;
        }

        text.Family("channel_messages_published_total", Counter, "Total number of messages published into an exchange on a channel");
        foreach (var channel in channels)
        {
            foreach (var published in channel.Published)
            {
                text.Sample(
                    PrometheusText.Labels(("channel", NameOf(channel)), ("vhost", channel.Connection.VirtualHost), ("exchange", published.Exchange)),
                    published.Count.Total);
                await text.FlushAsync(cancellationToken);
            }
        }
    }

    private static Func<ChannelFigures, double> Count(MessageCount kind) => channel => channel.Messages?.Totals[(int)kind] ?? 0;

    private static async Task WriteAsync<T>(
        PrometheusText text, Metric<T>[] metrics, IReadOnlySet<string> families, IReadOnlyList<T> items, Func<T, string> labelsOf, CancellationToken cancellationToken)
    {
        foreach (var metric in metrics.Where(metric => families.Contains(metric.Family)))
        {
            text.Family(metric.Name, metric.Type, metric.Help);
            foreach (var item in items)
            {
                text.Sample(labelsOf(item), metric.Value(item));
                await text.FlushAsync(cancellationToken);
            }
        }
    }

    private sealed record Metric<T>(string Family, string Name, string Type, string Help, Func<T, double> Value);
}
