using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Orleans.Networking.Shared;

namespace OrleansBroker.Grains.Connections;

/// <summary>Connects to other silos.</summary>
internal sealed class SocketConnector(IOptions<SocketConnectionOptions> options, SiloEndpoints silos) : IConnectionFactory
{
    /// <exception cref="SocketConnectionException">No silo of the cluster listens there, or it cannot be reached.</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!await silos.ContainAsync(endpoint, cancellationToken))
        {
            throw new SocketConnectionException($"{endpoint} is the silo port of no silo in the cluster.");
        }

        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Apply(options.Value);
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new SocketConnection(socket);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new SocketConnectionException($"Unable to connect to {endpoint}. Error: {exception.SocketErrorCode}", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
