using System.Net;
using Microsoft.Extensions.Logging;
using OrleansBroker.Amqp;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Connections;

/// <summary>What the log says of connections.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(1101, LogLevel.Information, "Connection {Connection} ({Name}) of user {User} on virtual host {VirtualHost} opened: {ClientName}")]
    public static partial void Opened(ILogger logger, Guid connection, string name, string user, string virtualHost, string? clientName);

    [LoggerMessage(1102, LogLevel.Information, "Connection {Connection} closed: {Reason}")]
    public static partial void Closed(ILogger logger, Guid connection, string reason);

    [LoggerMessage(1112, LogLevel.Information, "Connection {Connection} cut off: {Reason}")]
    public static partial void Aborted(ILogger logger, Guid connection, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "Connection {Connection} closed with an error on channel {Channel}: {Error}")]
    public static partial void Failed(ILogger logger, Guid connection, int channel, AmqpError error);

    [LoggerMessage(1104, LogLevel.Information, "Channel {Channel} of connection {Connection} closed with an error: {Error}")]
    public static partial void ChannelFailed(ILogger logger, Guid connection, int channel, AmqpError error);

    [LoggerMessage(1105, LogLevel.Error, "Method {Method} on channel {Channel} of connection {Connection} failed")]
    public static partial void Fault(ILogger logger, Exception failure, Guid connection, int channel, MethodId method);

    [LoggerMessage(1106, LogLevel.Warning, "Connection {Connection}: login of user {User} by {Mechanism} was refused")]
    public static partial void LoginRefused(ILogger logger, Guid connection, string user, string mechanism);

    [LoggerMessage(1107, LogLevel.Warning, "Connection {Connection} could not delete its exclusive {Queue}; the sweep will")]
    public static partial void QueueLeft(ILogger logger, Exception failure, Guid connection, QueueId queue);

    // Debug: health checks connect and go, or speak HTTP.
    [LoggerMessage(1108, LogLevel.Debug, "Connection {Connection} from {Peer} is none of AMQP 0-9-1")]
    public static partial void Foreign(ILogger logger, Guid connection, string peer);

    [LoggerMessage(1109, LogLevel.Debug, "Connection {Connection} was cut")]
    public static partial void Cut(ILogger logger, Exception failure, Guid connection);

    [LoggerMessage(1110, LogLevel.Warning, "Connection {Connection} had not applied all that it was sent when it ended")]
    public static partial void Unfinished(ILogger logger, Exception failure, Guid connection);

    [LoggerMessage(1111, LogLevel.Warning, "A connection was refused: {Limit} are open")]
    public static partial void TooMany(ILogger logger, int limit);

    [LoggerMessage(1113, LogLevel.Information, "Connection {Connection} from {Peer}: no agreement on TLS: {Reason}")]
    public static partial void TlsRefused(ILogger logger, Guid connection, EndPoint? peer, string reason);
}
