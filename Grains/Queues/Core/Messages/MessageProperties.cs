using System.Globalization;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>Reads what a message says of itself: its time to live and its priority. Malformed properties say nothing.</summary>
internal static class MessageProperties
{
    /// <summary>Milliseconds that the message itself wants to live; null where it names none. Publishing refused what is no number.</summary>
    public static long? TtlOf(BrokerMessage message)
    {
        if ((BasicPropertiesReader.Flags(message.Properties.Span) & PropertyFlags.Expiration) == 0)
        {
            return null;
        }

        try
        {
            return long.TryParse(
                BasicPropertiesReader.Expiration(message.Properties.Span), NumberStyles.None, CultureInfo.InvariantCulture, out var ttl)
                ? ttl
                : null;
        }
        catch (AmqpFormatException)
        {
            // The gateway refuses such properties; what comes some other way just does not expire.
            return null;
        }
    }

    /// <summary>The message's priority; 0 where it names none.</summary>
    public static byte PriorityOf(BrokerMessage message)
    {
        try
        {
            return BasicPropertiesReader.Priority(message.Properties.Span) ?? 0;
        }
        catch (AmqpFormatException)
        {
            return 0;
        }
    }
}
