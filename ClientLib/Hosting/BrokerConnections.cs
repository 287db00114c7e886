using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace OrleansBroker.ClientLib.Hosting;

/// <summary>
/// The connections of a host's Orleans client or silo: one per virtual host, opened when it is first used, closed before the host's
/// Orleans stops.
/// </summary>
internal sealed class BrokerConnections(IClusterClient client, ConnectionOptions? options) : IHostedService
{
    // Virtual hosts come from the application's own stream ids; a bound keeps a mistake from opening connections without end.
    private const int MaxVirtualHosts = 1000;

    private readonly ConcurrentDictionary<string, Lazy<Connection>> _connections = new(StringComparer.Ordinal);

    /// <summary>The virtual host of the connection that is used where none is named.</summary>
    public string VirtualHost { get; } = options?.VirtualHost ?? "/";

    /// <summary>The connection to a virtual host; null is the one of the options.</summary>
    public Connection Of(string? virtualHost)
    {
        var name = virtualHost ?? VirtualHost;
        if (_connections.TryGetValue(name, out var known))
        {
            return known.Value;
        }

        if (_connections.Count >= MaxVirtualHosts)
        {
            throw new InvalidOperationException($"Connections to more than {MaxVirtualHosts} virtual hosts in one process");
        }

        return _connections.GetOrAdd(name, _ => new Lazy<Connection>(() => Connection.Over(client, options, name))).Value;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var connection in _connections.Values)
        {
            await connection.Value.DisposeAsync().ConfigureAwait(false);
        }
    }
}
