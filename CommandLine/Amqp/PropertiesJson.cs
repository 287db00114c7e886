using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Amqp;

/// <summary>The properties of a message, with the names that the HTTP API has for them.</summary>
internal static class PropertiesJson
{
    public static JsonObject Of(IReadOnlyBasicProperties properties)
    {
        var shown = new JsonObject();
        foreach (var (name, present, value) in (ReadOnlySpan<(string, bool, object?)>)
            [
                ("content_type", properties.IsContentTypePresent(), properties.ContentType),
                ("content_encoding", properties.IsContentEncodingPresent(), properties.ContentEncoding),
                ("headers", properties.Headers is { Count: > 0 }, properties.Headers),
                ("delivery_mode", properties.IsDeliveryModePresent(), (int)properties.DeliveryMode),
                ("priority", properties.IsPriorityPresent(), properties.Priority),
                ("correlation_id", properties.IsCorrelationIdPresent(), properties.CorrelationId),
                ("reply_to", properties.IsReplyToPresent(), properties.ReplyTo),
                ("expiration", properties.IsExpirationPresent(), properties.Expiration),
                ("message_id", properties.IsMessageIdPresent(), properties.MessageId),
                ("timestamp", properties.IsTimestampPresent(), properties.Timestamp),
                ("type", properties.IsTypePresent(), properties.Type),
                ("user_id", properties.IsUserIdPresent(), properties.UserId),
                ("app_id", properties.IsAppIdPresent(), properties.AppId),
            ])
        {
            if (present)
            {
                shown[name] = AmqpValues.ToJson(value);
            }
        }

        return shown;
    }
}
