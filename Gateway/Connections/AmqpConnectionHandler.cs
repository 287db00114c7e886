using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace OrleansBroker.Gateway.Connections;

/// <summary>Where Kestrel hands over what it accepts on the AMQP ports.</summary>
internal sealed class AmqpConnectionHandler(GatewayContext broker, ConnectionRegistry registry) : ConnectionHandler
{
    // What is over the limit is told so in the handshake, but not by any number of connections.
    private const int Refusable = 100;

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var id = Guid.NewGuid();
        var loopback = connection.RemoteEndPoint is IPEndPoint { Address: { } address } && IPAddress.IsLoopback(address);
        using var amqp = new AmqpConnection(broker, registry, connection, id, loopback);
        if (!registry.TryAdd(id, amqp, broker.Options.MaxConnections + Refusable))
        {
            ConnectionLog.TooMany(broker.Log, broker.Options.MaxConnections);
            return;
        }

        broker.Telemetry.Connections(1);
        await using var stop = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested.Register(amqp.Stop);
        try
        {
            await amqp.RunAsync();
        }
        finally
        {
            registry.Remove(id);
            broker.Telemetry.Connections(-1);
            if (amqp.Client is { } client)
            {
                registry.Leave(client.User);
            }
        }
    }
}
