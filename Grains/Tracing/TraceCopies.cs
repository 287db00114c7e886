using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Tracing;
using OrleansBroker.Grains.Routing;

namespace OrleansBroker.Grains.Tracing;

/// <summary>Makes the copies: the same body, under a key that says what happened, with headers that RabbitMQ's firehose has.</summary>
internal static class TraceCopies
{
    /// <summary>The exchange that copies are published to.</summary>
    public const string Exchange = "amq.rabbitmq.trace";

    public static BrokerMessage Published(BrokerMessage message, string node, string virtualHost, TraceSubject by, IEnumerable<string> queues) => Copy(
        message,
        $"publish.{message.Exchange}",
        node,
        [
            new("vhost", virtualHost),
            new("connection", by.Connection),
            new("channel", by.Channel),
            new("user", by.User),
            new("routed_queues", (object?[])[.. queues]),
        ]);

    public static BrokerMessage Delivered(BrokerMessage message, string node, string virtualHost, string queue, bool isRedelivered, TraceSubject to) => Copy(
        message,
        $"deliver.{queue}",
        node,
        [
            new("redelivered", isRedelivered ? 1 : 0),
            new("vhost", virtualHost),
            new("connection", to.Connection),
            new("channel", to.Channel),
            new("user", to.User),
        ]);

    private static BrokerMessage Copy(BrokerMessage message, string key, string node, KeyValuePair<string, object?>[] more)
    {
        var properties = BasicPropertiesReader.Read(message.Properties.Span);
        var headers = new FieldTable(
        [
            new("exchange_name", message.Exchange),
            new("routing_keys", RoutingKeys(message, properties)),
            new("properties", Table(properties)),
            new("node", node),
            .. more,
        ]);
        return new BrokerMessage(Exchange, key, BasicPropertiesWriter.ToArray(new BasicProperties { Headers = headers }), message.Body);
    }

    private static object?[] RoutingKeys(BrokerMessage message, BasicProperties properties)
    {
        List<string> keys = [message.RoutingKey];
        if (properties.Headers is { } headers)
        {
            FurtherKeys.Read(headers, keys);
        }

        return [.. keys];
    }

    // Texts, 32-bit numbers and tables, as RabbitMQ types them, and only what there is.
    private static FieldTable Table(BasicProperties properties)
    {
        (string Name, object? Value)[] all =
        [
            ("content_type", properties.ContentType),
            ("content_encoding", properties.ContentEncoding),
            ("headers", properties.Headers),
            ("delivery_mode", (int?)properties.DeliveryMode),
            ("priority", (int?)properties.Priority),
            ("correlation_id", properties.CorrelationId),
            ("reply_to", properties.ReplyTo),
            ("expiration", properties.Expiration),
            ("message_id", properties.MessageId),
            ("timestamp", properties.Timestamp is { } time ? time.UnixTimeSeconds : null),
            ("type", properties.Type),
            ("user_id", properties.UserId),
            ("app_id", properties.AppId),
            ("cluster_id", properties.ClusterId),
        ];
        return new FieldTable(all.Where(static property => property.Value is not null)
            .Select(static property => new KeyValuePair<string, object?>(property.Name, property.Value is long number and <= int.MaxValue and >= int.MinValue ? (int)number : property.Value)));
    }
}
