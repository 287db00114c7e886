using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using OrleansBroker.Gateway.Tls;

namespace OrleansBroker.Gateway.Connections;

/// <summary>Where Kestrel hands over what it accepts on the AMQP ports.</summary>
internal sealed class AmqpConnectionHandler(GatewayContext broker, ConnectionRegistry registry, ServerCertificate certificate) : ConnectionHandler
{
    // What is over the limit is told so in the handshake, but not by any number of connections.
    private const int Refusable = 100;

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) => ServeAsync(connection, null);

    /// <summary>What was accepted on a port for TLS: its handshake is the connection's first step, within its limits.</summary>
    public Task OnConnectedOverTlsAsync(ConnectionContext connection) => ServeAsync(connection, new TlsTransport(connection, certificate.Current));

    private async Task ServeAsync(ConnectionContext connection, TlsTransport? tls)
    {
        using var secured = tls;
        var id = Guid.NewGuid();
        var loopback = connection.RemoteEndPoint is IPEndPoint { Address: { } address } && IPAddress.IsLoopback(address);
        using var amqp = new AmqpConnection(broker, registry, connection, tls, id, loopback);
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
            // Kestrel would do this behind us, and would wait for a peer that takes nothing for as long as that likes. Here the
            // connection counts meanwhile, and its clock cuts it.
            await connection.DisposeAsync();
        }
        finally
        {
            registry.Remove(id);
            broker.Telemetry.Connections(-1);
            amqp.Place?.Dispose();
            if (amqp.Client is { } client)
            {
                registry.Leave(client.User);
            }
        }
    }
}
