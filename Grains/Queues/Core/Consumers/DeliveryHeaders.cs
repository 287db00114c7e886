using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Consumers;

/// <summary>What the broker tells of earlier deliveries in the copy that goes out: x-delivery-count and x-acquired-count.</summary>
internal static class DeliveryHeaders
{
    /// <summary>The message as it is delivered; the message itself where it goes out for the first time.</summary>
    public static BrokerMessage Write(QueuedMessage message)
    {
        if (!message.Redelivered)
        {
            return message.Message;
        }

        try
        {
            var properties = BasicPropertiesReader.Read(message.Message.Properties.Span);
            var headers = (properties.Headers ?? FieldTable.Empty).With("x-delivery-count", (long)message.DeliveryCount);
            if (message.AcquiredCount > 0)
            {
                headers = headers.With("x-acquired-count", (long)message.AcquiredCount);
            }

            return message.Message.WithProperties(BasicPropertiesWriter.ToArray(properties with { Headers = headers }));
        }
        catch (AmqpFormatException)
        {
            // Properties that cannot be read cannot be added to; the message goes out as it came.
            return message.Message;
        }
    }
}
