using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Queues.Core;

/// <summary>
/// Stops dead letters that go round in circles: one that would enter a queue it died in is dropped, unless a consumer's reject
/// stands in the loop (then an application decided, and may decide otherwise next time).
/// </summary>
internal static class DeadLetterCycle
{
    /// <summary>Whether the dead-lettered message must not enter the queue.</summary>
    public static bool Blocks(BrokerMessage deadLettered, string queue)
    {
        foreach (var entry in Deaths(deadLettered))
        {
            // Newest first: the deaths since the one in this queue, and that one, are the loop.
            if (entry is not FieldTable death || death["reason"] is "rejected")
            {
                return false;
            }

            if (death["queue"] is string name && string.Equals(name, queue, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static object?[] Deaths(BrokerMessage message)
    {
        if (!message.IsDeadLettered)
        {
            return [];
        }

        try
        {
            return BasicPropertiesReader.Headers(message.Properties.Span)?["x-death"] as object?[] ?? [];
        }
        catch (AmqpFormatException)
        {
            // What the broker itself cannot read it did not write.
            return [];
        }
    }
}
