using OrleansBroker.Amqp.Content;

namespace OrleansBroker.Grains.Interfaces.Messages;

/// <summary>
/// A message as it was published. Properties and body are slices of a slab that many messages share; they are never changed.
/// </summary>
[Immutable]
public sealed class BrokerMessage
{
    /// <summary>A message; <see cref="IsPersistent"/> is read off the properties.</summary>
    public BrokerMessage(string exchange, string routingKey, ReadOnlyMemory<byte> properties, ReadOnlyMemory<byte> body)
        : this(exchange, routingKey, properties, body, BasicPropertiesReader.IsPersistent(properties.Span), deadLettered: false)
    {
    }

    internal BrokerMessage(
        string exchange, string routingKey, ReadOnlyMemory<byte> properties, ReadOnlyMemory<byte> body, bool persistent, bool deadLettered)
    {
        Exchange = exchange;
        RoutingKey = routingKey;
        Properties = properties;
        Body = body;
        IsPersistent = persistent;
        IsDeadLettered = deadLettered;
    }

    /// <summary>The exchange it was published to; empty for the default exchange.</summary>
    public string Exchange { get; }

    /// <summary>The routing key it was published with.</summary>
    public string RoutingKey { get; }

    /// <summary>Property flags and list as the publisher encoded them: see <see cref="BasicPropertiesReader"/>.</summary>
    public ReadOnlyMemory<byte> Properties { get; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether delivery-mode is 2: in a durable queue it survives a restart.</summary>
    public bool IsPersistent { get; }

    /// <summary>
    /// Whether a queue dead-lettered it: then its <c>x-death</c> header is the broker's own. A client that publishes such a header
    /// does not continue its counts.
    /// </summary>
    public bool IsDeadLettered { get; }

    /// <summary>Octets that it holds: properties and body.</summary>
    public int Size => Properties.Length + Body.Length;

    /// <summary>A copy with other properties (headers of dead-lettering, delivery counts).</summary>
    public BrokerMessage WithProperties(ReadOnlyMemory<byte> properties) =>
        new(Exchange, RoutingKey, properties, Body, BasicPropertiesReader.IsPersistent(properties.Span), IsDeadLettered);

    /// <summary>A copy under another exchange and key, as dead-lettering publishes it.</summary>
    public BrokerMessage WithRoute(string exchange, string routingKey) =>
        new(exchange, routingKey, Properties, Body, IsPersistent, IsDeadLettered);

    /// <summary>A copy as dead-lettering publishes it: another route, and properties whose <c>x-death</c> the broker wrote.</summary>
    public BrokerMessage AsDeadLetter(string exchange, string routingKey, ReadOnlyMemory<byte> properties) =>
        new(exchange, routingKey, properties, Body, IsPersistent, deadLettered: true);

    /// <summary>A copy that owns its bytes, so that one message kept for long does not keep a whole slab alive.</summary>
    public BrokerMessage Detach()
    {
        var owned = new byte[Size];
        Properties.CopyTo(owned);
        Body.CopyTo(owned.AsMemory(Properties.Length));
        return new(
            Exchange, RoutingKey, owned.AsMemory(0, Properties.Length), owned.AsMemory(Properties.Length), IsPersistent, IsDeadLettered);
    }
}
