using System.Net;
using Microsoft.AspNetCore.Connections;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Gateway.Connections.Login;
using OrleansBroker.Gateway.Output;
using OrleansBroker.Gateway.Tls;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway.Activity;

/// <summary>What tells how a connection stands.</summary>
internal readonly record struct ConnectionParts(
    ConnectionContext Transport, TlsTransport? Tls, ConnectionOutput Output, Handshake Handshake, ChannelTable Channels, bool IsPaused, bool IsClosing, long Received)
{
    /// <summary>RabbitMQ's name of a connection: where it comes from and where it came to.</summary>
    public string Name
    {
        get
        {
            var (peer, local) = (Address(Transport.RemoteEndPoint), Address(Transport.LocalEndPoint));
            return $"{peer.Host}:{peer.Port} -> {local.Host}:{local.Port}";
        }
    }

    /// <summary>Figures of a connection that is open; its rates come from the samples of its meter.</summary>
    public ConnectionFigures Read(string silo, ConnectionMeter? meter, bool isAlarmed)
    {
        var client = Handshake.Client!;
        return new ConnectionFigures
        {
            Id = client.Id,
            Silo = silo,
            Name = Name,
            User = client.User,
            VirtualHost = client.VirtualHost,
            Peer = Address(Transport.RemoteEndPoint),
            Local = Address(Transport.LocalEndPoint),
            Properties = client.Properties,
            Channels = Channels.Count,
            ChannelMax = Handshake.ChannelMax,
            FrameMax = Handshake.SentFrameMax,
            Heartbeat = (int)Handshake.Heartbeat.TotalSeconds,
            ConnectedAt = Handshake.OpenedAt.ToUnixTimeMilliseconds(),
            Received = Received,
            Sent = Output.Sent,
            ReceivedRate = meter?.ReceivedRate ?? 0,
            SentRate = meter?.SentRate ?? 0,
            Pending = Output.Backlog,
            Mechanism = Handshake.Mechanism,
            Tls = Tls?.Version,
            IsBlocked = IsPaused && isAlarmed,
        };
    }

    private static PeerAddress Address(EndPoint? endpoint) => endpoint is IPEndPoint { Address: var address, Port: var port }
        ? new PeerAddress((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString(), port)
        : new PeerAddress("unknown", 0);
}

/// <summary>A connection's octets at the last sample, and how quickly they came and went before it.</summary>
internal sealed record ConnectionMeter(long Received, long Sent, long At, double ReceivedRate, double SentRate)
{
    /// <summary>The next sample.</summary>
    public static ConnectionMeter Next(ConnectionMeter? last, in ConnectionParts parts, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var seconds = last is null ? 0 : time.GetElapsedTime(last.At, now).TotalSeconds;
        return new ConnectionMeter(
            parts.Received,
            parts.Output.Sent,
            now,
            seconds > 0 ? (parts.Received - last!.Received) / seconds : 0,
            seconds > 0 ? (parts.Output.Sent - last!.Sent) / seconds : 0);
    }
}
