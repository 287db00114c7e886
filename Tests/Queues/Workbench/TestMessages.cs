using System.Text;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Tests.Queues.Workbench;

/// <summary>Messages whose body says which they are.</summary>
internal static class TestMessages
{
    public static BrokerMessage Message(
        string text, bool persistent = false, string? expiration = null, byte? priority = null, FieldTable? headers = null,
        string exchange = "", string routingKey = "q")
    {
        var properties = new BasicProperties
        {
            DeliveryMode = persistent ? (byte)2 : null,
            Expiration = expiration,
            Priority = priority,
            Headers = headers,
        };
        return new BrokerMessage(exchange, routingKey, BasicPropertiesWriter.ToArray(properties), Encoding.UTF8.GetBytes(text));
    }

    public static string Text(this BrokerMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    public static FieldTable Headers(this BrokerMessage message) =>
        BasicPropertiesReader.Headers(message.Properties.Span) ?? FieldTable.Empty;

    public static FieldTable Table(params (string Name, object? Value)[] fields) =>
        new(fields.Select(f => new KeyValuePair<string, object?>(f.Name, f.Value)));
}
