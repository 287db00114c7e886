using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Channels;

/// <summary>What the handlers of a channel's methods share.</summary>
internal sealed class ChannelScope(
    GatewayContext broker, ClientIdentity client, ExclusiveQueues exclusive, ChannelOutput output, ChannelConsuming consuming, CancellationToken ended)
{
    private string? _lastQueue;

    public GatewayContext Broker => broker;

    public ClientIdentity Client => client;

    /// <summary>The connection's exclusive queues.</summary>
    public ExclusiveQueues Exclusive => exclusive;

    public ChannelOutput Output => output;

    public ChannelConsuming Consuming => consuming;

    /// <summary>Cancelled when the connection has ended.</summary>
    public CancellationToken Ended => ended;

    /// <summary>The queue was declared: an empty name means it from now on.</summary>
    public void Declared(string queue) => _lastQueue = queue;

    /// <summary>The queue that a method names, or with the empty name the one that the channel declared last (row 1.26).</summary>
    public QueueId Queue(string name)
    {
        var clean = Clean(name);
        return new QueueId(
            client.VirtualHost,
            clean.Length > 0 ? clean : _lastQueue ?? throw new BrokerException(ReplyCode.NotFound, "no previously declared queue"));
    }

    public ExchangeId Exchange(string name) => new(client.VirtualHost, Clean(name));

    /// <summary>A name without the line breaks that some clients leave in it, which RabbitMQ drops too (row 1.15).</summary>
    public static string Clean(string name) =>
        name.AsSpan().ContainsAny('\r', '\n') ? string.Concat(name.Where(static c => c is not ('\r' or '\n'))) : name;
}
