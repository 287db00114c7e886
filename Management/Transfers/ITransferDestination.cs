using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Transfers;

/// <summary>Says where a message goes.</summary>
internal interface ITransferDestination
{
    /// <summary>Why messages stay for which there is no destination.</summary>
    string SkippedReason { get; }

    /// <summary>The queue and the message as it goes there; null for one that stays.</summary>
    ValueTask<(string Queue, BrokerMessage Message)?> OfAsync(BrokerMessage message, CancellationToken cancellationToken);
}

/// <summary>All go to one queue.</summary>
internal sealed class FixedDestination(string queue) : ITransferDestination
{
    public string SkippedReason => "";

    public ValueTask<(string Queue, BrokerMessage Message)?> OfAsync(BrokerMessage message, CancellationToken cancellationToken) =>
        new((queue, DeliveryTraces.Without(message)));
}

/// <summary>Each goes to the queue where it died first, which is where it came from, under the exchange and the key that it had there.</summary>
internal sealed class DeathDestination(ITopology topology, QueueId source) : ITransferDestination
{
    private readonly Dictionary<string, bool> _found = [];

    public string SkippedReason => "they are no dead letters, died here first, or the queue where they did is gone";

    public async ValueTask<(string Queue, BrokerMessage Message)?> OfAsync(BrokerMessage message, CancellationToken cancellationToken)
    {
        // A header of that name that a client wrote says nothing of where the message was.
        if (!message.IsDeadLettered || FirstDeath(message) is not { } death || death["queue"] is not string queue || queue == source.Name || !await ExistsAsync(queue, cancellationToken))
        {
            return null;
        }

        var exchange = death["exchange"] as string ?? "";
        var key = death["routing-keys"] is object?[] and [string first, ..] ? first : message.RoutingKey;
        return (queue, DeliveryTraces.Without(message).WithRoute(exchange, key));
    }

    private static FieldTable? FirstDeath(BrokerMessage message)
    {
        try
        {
            // The newest stands first. A death that repeats itself moves to the front, so the headers of the first death say which it was.
            var headers = BasicPropertiesReader.Headers(message.Properties.Span) ?? FieldTable.Empty;
            var deaths = (headers["x-death"] as object?[] ?? []).OfType<FieldTable>().ToList();
            var (queue, reason) = (headers["x-first-death-queue"] as string, headers["x-first-death-reason"] as string);
            return deaths.Find(death => death["queue"] as string == queue && death["reason"] as string == reason) ?? deaths.LastOrDefault();
        }
        catch (AmqpFormatException)
        {
            // What cannot be read tells nothing; the message stays.
            return null;
        }
    }

    private async ValueTask<bool> ExistsAsync(string queue, CancellationToken cancellationToken)
    {
        if (!_found.TryGetValue(queue, out var found))
        {
            found = await topology.FindQueueAsync(source with { Name = queue }, cancellationToken) is not null;
            _found.Add(queue, found);
        }

        return found;
    }
}

/// <summary>What a queue tells of earlier deliveries in what it hands out: it concerns that queue, not the next one.</summary>
internal static class DeliveryTraces
{
    private static readonly string[] Headers = ["x-delivery-count", "x-acquired-count"];

    public static BrokerMessage Without(BrokerMessage message)
    {
        try
        {
            var properties = message.Properties;
            foreach (var header in Headers)
            {
                properties = BasicPropertiesEditor.WithoutHeader(properties.Span, header);
            }

            return message.WithProperties(properties);
        }
        catch (AmqpFormatException)
        {
            // It goes as it came: nobody could have added anything to what cannot be read.
            return message;
        }
    }
}
