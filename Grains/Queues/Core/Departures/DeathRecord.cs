using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Queues.Core.Departures;

/// <summary>
/// Writes a message's death into its headers as RabbitMQ does: <c>x-death</c>, newest first, one table per queue and reason, and
/// <c>x-first-death-*</c> and <c>x-last-death-*</c>. The broker owns these: what a client published under such names does not count.
/// </summary>
internal static class DeathRecord
{
    /// <summary>The message as it is published to the dead-letter exchange.</summary>
    /// <param name="message">The message that died.</param>
    /// <param name="queue">The queue it died in.</param>
    /// <param name="reason">Why.</param>
    /// <param name="at">When, in Unix milliseconds.</param>
    /// <param name="exchange">The dead-letter exchange.</param>
    /// <param name="routingKey">The queue's dead-letter routing key; null keeps the message's own route.</param>
    public static BrokerMessage Write(BrokerMessage message, string queue, DropReason reason, long at, string exchange, string? routingKey)
    {
        var properties = Decode(message);
        var headers = properties.Headers ?? FieldTable.Empty;
        var past = message.IsDeadLettered ? headers["x-death"] as object?[] ?? [] : [];
        var name = NameOf(reason);
        headers = headers.With("x-death", Deaths(past, message, properties, headers, queue, name, at));
        if (!message.IsDeadLettered || !headers.ContainsKey("x-first-death-reason"))
        {
            headers = headers.With("x-first-death-reason", name)
                .With("x-first-death-queue", queue)
                .With("x-first-death-exchange", message.Exchange);
        }

        headers = headers.With("x-last-death-reason", name)
            .With("x-last-death-queue", queue)
            .With("x-last-death-exchange", message.Exchange)
            .Without("x-delivery-count")
            .Without("x-acquired-count");
        if (routingKey is not null)
        {
            // The queue's key replaces the whole route, and CC is part of the route.
            headers = headers.Without("CC");
        }

        // Without its expiration, or it would expire again in the queue it goes to.
        var encoded = BasicPropertiesWriter.ToArray(properties with { Headers = headers, Expiration = null });
        return message.AsDeadLetter(exchange, routingKey ?? message.RoutingKey, encoded);
    }

    /// <summary>The reason's name in headers.</summary>
    public static string NameOf(DropReason reason) => reason switch
    {
        DropReason.Rejected => "rejected",
        DropReason.Expired => "expired",
        DropReason.MaxLength => "maxlen",
        DropReason.DeliveryLimit => "delivery_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "no message is dead-lettered for that"),
    };

    private static BasicProperties Decode(BrokerMessage message)
    {
        try
        {
            return BasicPropertiesReader.Read(message.Properties.Span);
        }
        catch (AmqpFormatException)
        {
            // Nobody could have read them; the body is what is left to save.
            return BasicProperties.Empty with { DeliveryMode = message.IsPersistent ? (byte)2 : null };
        }
    }

    private static object?[] Deaths(
        object?[] past, BrokerMessage message, BasicProperties properties, FieldTable headers, string queue, string reason, long at)
    {
        var known = Array.FindIndex(past, d => d is FieldTable t && t["queue"] as string == queue && t["reason"] as string == reason);
        if (known < 0)
        {
            return [First(message, properties, headers, queue, reason, at), .. past];
        }

        var death = (FieldTable)past[known]!;
        var count = death["count"] is long c ? c : 0;
        return [death.With("count", count + 1), .. past[..known], .. past[(known + 1)..]];
    }

    private static FieldTable First(
        BrokerMessage message, BasicProperties properties, FieldTable headers, string queue, string reason, long at)
    {
        object?[] keys = headers["CC"] is object?[] copies
            ? [message.RoutingKey, .. copies.Where(c => c is string)]
            : [message.RoutingKey];
        var fields = new List<KeyValuePair<string, object?>>
        {
            new("count", 1L),
            new("reason", reason),
            new("queue", queue),
            new("time", new AmqpTimestamp(at / 1000)),
            new("exchange", message.Exchange),
            new("routing-keys", keys),
        };
        if (properties.Expiration is { } expiration)
        {
            fields.Add(new("original-expiration", expiration));
        }

        return new FieldTable(fields);
    }
}
