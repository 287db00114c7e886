using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Gateway.Tls;

namespace OrleansBroker.Gateway.Connections;

/// <summary>Where Kestrel hands over what it accepts on the AMQP ports.</summary>
internal sealed class AmqpConnectionHandler(GatewayContext broker, ConnectionRegistry registry, ServerCertificate certificate) : ConnectionHandler
{
    // What is over the limit is told so in the handshake, but not by any number of connections.
    private const int Refusable = 100;

    // Many times what a client takes that settles at once; one that works longer would hold up the stop.
    private static readonly TimeSpan SettlePatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) => ServeAsync(connection, null);

    /// <summary>What was accepted on a port for TLS: its handshake is the connection's first step, within its limits.</summary>
    public Task OnConnectedOverTlsAsync(ConnectionContext connection) => ServeAsync(connection, new TlsTransport(connection, certificate.Current));

    /// <summary>
    /// The broker stops: deliveries end first, and clients have a moment to settle what they have. Behind the close it would count for nothing,
    /// and come again.
    /// </summary>
    private async Task RetireAsync(AmqpConnection amqp)
    {
        ChannelConsuming[] consuming = [.. amqp.Parts.Channels.All().Select(static channel => channel.Parts.Scope.Begun).OfType<ChannelConsuming>()];
        Array.ForEach(consuming, static channel => channel.SetFlow(active: false, isAsked: false));
        var started = broker.Time.GetTimestamp();
        using var timer = new PeriodicTimer(Glance, broker.Time);
        while (Array.Exists(consuming, static channel => channel.Unacked > 0) && broker.Time.GetElapsedTime(started) < SettlePatience)
        {
            await timer.WaitForNextTickAsync();
        }

        amqp.Stop();
    }

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
        await using var stop = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested.Register(() => _ = RetireAsync(amqp));
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
