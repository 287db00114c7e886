using System.Net.Sockets;
using Orleans.Networking.Shared;

namespace OrleansBroker.Grains.Connections;

/// <summary>Sets on a socket what Orleans sets on its own.</summary>
internal static class SocketSettings
{
    public static void Apply(this Socket socket, SocketConnectionOptions options)
    {
        // What is under way when a silo closes a connection is sent again by another: nothing is gained by lingering.
        socket.LingerState = new LingerOption(true, 0);
        socket.NoDelay = options.NoDelay;
        if (options.KeepAlive)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, options.KeepAliveTimeSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, options.KeepAliveIntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, options.KeepAliveRetryCount);
        }
    }
}
