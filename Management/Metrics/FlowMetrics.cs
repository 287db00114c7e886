using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Management.Metrics;

/// <summary>Metrics of what flows through the silo, which RabbitMQ calls global. They count since its start, whatever queues are gone.</summary>
internal static class FlowMetrics
{
    private const string Protocol = "protocol=\"amqp091\"";
    private const string Queues = Protocol + ",queue_type=\"rabbit_classic_queue\"";
    private const string Kept = "queue_type=\"rabbit_classic_queue\",dead_letter_strategy=\"at_least_once\"";

    // As dashboards ask for them: Prometheus 3 writes numbers so, and 2 keeps what it is given.
    private static readonly string[] Bounds = ["100.0", "1000.0", "10000.0", "100000.0", "1e+06", "1e+07", "5e+07", "1e+08", "+Inf"];

    public static void Write(PrometheusText text, SiloFigures silo, IReadOnlyList<ChannelFigures> channels)
    {
        var flow = silo.Flow ?? new FlowFigures();
        double Of(MessageCount kind) => silo.Messages?.Totals[(int)kind] ?? 0;
        void Count(string name, string help, double value, string labels) => text.Single($"global_{name}", "counter", help, value, labels);

        Count("messages_received_total", "Total number of messages received from publishers", flow.Received, Protocol);
        Count("messages_received_confirm_total", "Total number of messages received from publishers expecting confirmations", flow.ReceivedConfirm, Protocol);
        Count("messages_routed_total", "Total number of messages routed to queues or streams", flow.Routed, Protocol);
        Count("messages_unroutable_dropped_total", "Total number of messages published as non-mandatory into an exchange and dropped as unroutable", Of(MessageCount.DropUnroutable), Protocol);
        Count("messages_unroutable_returned_total", "Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable", Of(MessageCount.ReturnUnroutable), Protocol);
        Count("messages_confirmed_total", "Total number of messages confirmed to publishers", Of(MessageCount.Confirm), Protocol);
        text.Single("global_publishers", "gauge", "Current number of publishers", flow.Publishers, Protocol);
        text.Single("global_consumers", "gauge", "Current number of consumers", channels.Sum(static channel => channel.Consumers.Length), Protocol);
        var delivered = Of(MessageCount.Deliver) + Of(MessageCount.DeliverNoAck) + Of(MessageCount.Get) + Of(MessageCount.GetNoAck);
        Count("messages_delivered_total", "Total number of messages delivered to consumers", delivered, Queues);
        Count("messages_delivered_consume_manual_ack_total", "Total number of messages delivered to consumers using basic.consume with manual acknowledgment", Of(MessageCount.Deliver), Queues);
        Count("messages_delivered_consume_auto_ack_total", "Total number of messages delivered to consumers using basic.consume with automatic acknowledgment", Of(MessageCount.DeliverNoAck), Queues);
        Count("messages_delivered_get_manual_ack_total", "Total number of messages delivered to consumers using basic.get with manual acknowledgment", Of(MessageCount.Get), Queues);
        Count("messages_delivered_get_auto_ack_total", "Total number of messages delivered to consumers using basic.get with automatic acknowledgment", Of(MessageCount.GetNoAck), Queues);
        Count("messages_get_empty_total", "Total number of times basic.get operations fetched no message", Of(MessageCount.GetEmpty), Queues);
        Count("messages_redelivered_total", "Total number of messages redelivered to consumers", Of(MessageCount.Redeliver), Queues);
        Count("messages_acknowledged_total", "Total number of messages acknowledged by consumers", Of(MessageCount.Ack), Queues);
        Count("messages_dead_lettered_maxlen_total", "Total number of messages dead-lettered due to overflow drop-head or reject-publish-dlx", flow.MaxLength, Kept);
        Count("messages_dead_lettered_expired_total", "Total number of messages dead-lettered due to message TTL exceeded", flow.Expired, Kept);
        Count("messages_dead_lettered_rejected_total", "Total number of messages dead-lettered due to basic.reject or basic.nack", flow.Rejected, Kept);
        Count("messages_dead_lettered_delivery_limit_total", "Total number of messages dead-lettered due to delivery-limit exceeded", flow.DeliveryLimit, Kept);
        Count("messages_dead_lettered_confirmed_total", "Total number of messages dead-lettered and confirmed by target queues", flow.DeadLettered, Kept);
        Sizes(text, flow);
    }

    private static void Sizes(PrometheusText text, FlowFigures flow)
    {
        text.Family("message_size_bytes", "histogram", "Size of messages received from publishers");
        var sum = 0L;
        for (var i = 0; i < Bounds.Length; i++)
        {
            sum += i < flow.Sizes.Length ? flow.Sizes[i] : 0;
            text.Sample($"{Protocol},le=\"{Bounds[i]}\"", sum, "_bucket");
        }

        text.Sample(Protocol, sum, "_count");
        text.Sample(Protocol, flow.SizeSum, "_sum");
    }
}
