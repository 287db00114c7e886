using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Orleans.Networking.Shared;

namespace OrleansBroker.Grains.Connections;

/// <summary>Listens for other silos, and for native clients.</summary>
internal sealed class SocketListenerFactory(IOptions<SocketConnectionOptions> options, TimeProvider time) : IConnectionListenerFactory
{
    /// <exception cref="AddressInUseException">Somebody else listens there.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Not ReuseAddress, which Orleans sets: with it .NET lets two silos listen on one port of Linux.
            if (endpoint is IPEndPoint address && address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endpoint);
            socket.Listen(SocketListener.Backlog);
            return new(new SocketListener(socket, options.Value, time));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A bound socket that takes connections.</summary>
internal sealed class SocketListener(Socket socket, SocketConnectionOptions options, TimeProvider time) : IConnectionListener
{
    /// <summary>Connections that the kernel keeps until they are taken.</summary>
    public const int Backlog = 512;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <summary>The next connection; null when the listener was closed.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await socket.AcceptAsync(cancellationToken);
                accepted.Apply(options);
                return new SocketConnection(accepted);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException)
            {
                // It was reset before it was taken, or the process has no handle left, which takes a while.
                await Task.Delay(_pause, time, cancellationToken);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
