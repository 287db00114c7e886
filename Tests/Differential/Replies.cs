using System.Globalization;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>What a broker says, as text that two brokers can be compared by.</summary>
internal static class Replies
{
    /// <summary>A method with all its fields but those of its content.</summary>
    public static string Of(WireFrame frame) => frame.Method switch
    {
        MethodId.QueueDeclareOk => frame.As<QueueDeclareOk>().ToString(),
        MethodId.QueuePurgeOk => frame.As<QueuePurgeOk>().ToString(),
        MethodId.QueueDeleteOk => frame.As<QueueDeleteOk>().ToString(),
        MethodId.BasicConsumeOk => frame.As<BasicConsumeOk>().ToString(),
        MethodId.BasicCancelOk => frame.As<BasicCancelOk>().ToString(),
        MethodId.BasicCancel => frame.As<BasicCancel>().ToString(),
        MethodId.ChannelClose => frame.As<ChannelClose>().ToString(),
        MethodId.ConnectionClose => frame.As<ConnectionClose>().ToString(),
        MethodId.BasicGetOk => GetOk(frame.Payload),
        MethodId.BasicDeliver => Deliver(frame.Payload),
        MethodId.BasicReturn => Return(frame.Payload),
        _ => frame.Method.Name(),
    };

    /// <summary>The tag of a delivery, pushed or got.</summary>
    public static ulong TagOf(WireFrame frame) => frame.Method == MethodId.BasicGetOk
        ? MethodReader.Decode<BasicGetOk>(frame.Payload).DeliveryTag
        : MethodReader.Decode<BasicDeliver>(frame.Payload).DeliveryTag;

    /// <summary>Properties and body.</summary>
    public static string Of(byte[] properties, byte[] body)
    {
        var read = BasicPropertiesReader.Read(properties);
        return $"{read with { Headers = null }} headers {Of(read.Headers)} body {Encoding.UTF8.GetString(body)}";
    }

    /// <summary>A field's value with its type; fields of tables by name.</summary>
    public static string Of(object? value) => value switch
    {
        null => "void",
        FieldTable table => "{" + string.Join(", ", table.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={Of(field.Value)}")) + "}",
        object?[] items => "[" + string.Join(", ", items.Select(Of)) + "]",
        // The one field that tells when.
        AmqpTimestamp => "timestamp",
        string text => $"'{text}'",
        IFormattable number => $"{value.GetType().Name} {number.ToString(null, CultureInfo.InvariantCulture)}",
        _ => $"{value.GetType().Name} {value}",
    };

    private static string GetOk(byte[] payload)
    {
        var got = MethodReader.Decode<BasicGetOk>(payload);
        return $"basic.get-ok {got.DeliveryTag} redelivered {got.Redelivered} '{Text(got.Exchange)}' '{Text(got.RoutingKey)}' {got.MessageCount} left";
    }

    private static string Deliver(byte[] payload)
    {
        var delivery = MethodReader.Decode<BasicDeliver>(payload);
        return $"basic.deliver {Text(delivery.ConsumerTag)} {delivery.DeliveryTag} redelivered {delivery.Redelivered} '{Text(delivery.Exchange)}' '{Text(delivery.RoutingKey)}'";
    }

    private static string Return(byte[] payload)
    {
        var returned = MethodReader.Decode<BasicReturn>(payload);
        return $"basic.return {returned.ReplyCode} {Text(returned.ReplyText)} '{Text(returned.Exchange)}' '{Text(returned.RoutingKey)}'";
    }

    private static string Text(ReadOnlySpan<byte> octets) => Encoding.UTF8.GetString(octets);
}
