using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OrleansBroker.Silo.Configuration;

namespace OrleansBroker.Silo.Hosting;

/// <summary>
/// The listener for Prometheus. A port that is asked for is opened or the start fails. Without one it is RabbitMQ's, which only the first
/// silo of a machine can have: the others go without, as they did before there was such a port. The socket is opened here and not by
/// Kestrel, so that of silos that start together none fails for it.
/// </summary>
internal sealed class PrometheusListener : IDisposable
{
    /// <summary>RabbitMQ's port for Prometheus.</summary>
    public const int UsualPort = 15692;

    private readonly Socket? _held;

    public PrometheusListener(PrometheusOptions options)
    {
        Endpoint = new IPEndPoint(IPAddress.Parse(options.Address), options.Port ?? UsualPort);
        IsOpen = options.Port is not 0;
        if (options.Port is null)
        {
            _held = TryListen(Endpoint);
            IsOpen = _held is not null;
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Whether it does.</summary>
    public bool IsOpen { get; }

    /// <summary>Adds it to the server's listeners.</summary>
    public void AddTo(KestrelServerOptions kestrel)
    {
        if (_held is not null)
        {
            kestrel.ListenHandle((ulong)_held.Handle);
        }
        else if (IsOpen)
        {
            kestrel.Listen(Endpoint);
        }
    }

    public void Dispose() => _held?.Dispose();

    private static Socket? TryListen(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            // Whoever needs the port asks for it, and is told why it cannot be.
            socket.Dispose();
            return null;
        }
    }
}
