using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Routing;

/// <summary>
/// Routing keys that a message names beside its own, as arrays in its headers CC and BCC (row 2.13). Few messages have them, so
/// headers are decoded only when their bytes contain one of the names.
/// </summary>
internal static class FurtherKeys
{
    private const string Cc = "CC";
    private const string Bcc = "BCC";

    /// <summary>Whether the encoded headers contain one of the names, with its length in front as it stands on the wire.</summary>
    public static bool MayBeIn(BrokerMessage message)
    {
        var properties = message.Properties.Span;
        return (BasicPropertiesReader.Flags(properties) & PropertyFlags.Headers) != 0
            && (properties.IndexOf("\u0002CC"u8) >= 0 || properties.IndexOf("\u0003BCC"u8) >= 0);
    }

    /// <summary>Appends the keys to the list; elements that are no strings are passed over, as RabbitMQ does.</summary>
    /// <exception cref="AmqpFormatException">A header of that name is no array.</exception>
    public static void Read(FieldTable headers, List<string> keys)
    {
        Append(headers, Cc, keys);
        Append(headers, Bcc, keys);
    }

    /// <summary>The message without its BCC header, which no receiver may see; the same instance where it has none.</summary>
    public static BrokerMessage WithoutBcc(BrokerMessage message, FieldTable headers) =>
        headers.ContainsKey(Bcc) ? message.WithProperties(BasicPropertiesEditor.WithoutHeader(message.Properties.Span, Bcc)) : message;

    private static void Append(FieldTable headers, string name, List<string> keys)
    {
        if (!headers.TryGetValue(name, out var value))
        {
            return;
        }

        if (value is not object?[] array)
        {
            throw new AmqpFormatException($"the header {name} must be an array");
        }

        foreach (var item in array)
        {
            if (item is string key)
            {
                keys.Add(key);
            }
        }
    }
}
