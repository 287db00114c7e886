using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.ClientLib.Publishing;
using OrleansBroker.ClientLib.Telemetry;

namespace OrleansBroker.ClientLib;

/// <summary>A connection to the broker: see <see cref="IBrokerConnection"/>. Several in one process are fine.</summary>
public sealed partial class Connection : IBrokerConnection
{
    private readonly Cluster _cluster;
    private readonly ConnectionOptions _options;
    private readonly Session _session;
    private readonly Payload _payload;
    private readonly PublishPump _publishing;
    private readonly ConsumerHost _consuming;
    private int _isDisposed;

    /// <summary>A connection that opens its session when it is first used.</summary>
    internal Connection(Cluster cluster, ConnectionOptions options)
    {
        var logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<Connection>();
        _cluster = cluster;
        _options = options;
        Telemetry = new ClientTelemetry(options.MeterFactory, options.TimeProvider);
        _payload = new Payload(options.Json, copyBytes: cluster.IsInSilo);
        _session = new Session(cluster, options, logger);
        _publishing = new PublishPump(_session, options.VirtualHost, options);
        _consuming = new ConsumerHost(new SessionQueueAccess(cluster, _session, options), logger);
    }

    /// <summary>The connection's id, drawn at random: what lists of connections and exclusive queues show.</summary>
    public Guid Id => _session.Id;

    internal Payload Payload => _payload;

    internal ClientTelemetry Telemetry { get; }

    internal TimeProvider Time => _options.TimeProvider;

    /// <summary>Opens a connection with an Orleans client of its own.</summary>
    /// <param name="servers"><c>host</c> or <c>host:port</c> of an Orleans gateway (port 30000 unless given), or several with commas.</param>
    /// <param name="options">How to connect; the defaults suit a broker on this machine.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerUnreachableException">No broker answered in time.</exception>
    /// <exception cref="Grains.Interfaces.Errors.BrokerException">The login was refused.</exception>
    public static async Task<Connection> OpenAsync(
        string servers, ConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ConnectionOptions();
        var cluster = await OwnedClient.ConnectAsync(servers, options, cancellationToken).ConfigureAwait(false);
        return await OpenAsync(new Connection(cluster, options), servers, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a connection over an Orleans client that is connected, or from inside a silo. The client stays the caller's.</summary>
    /// <param name="client">The client.</param>
    /// <param name="options">How to connect; what concerns the Orleans client itself has no meaning here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerUnreachableException">No broker answered in time.</exception>
    /// <exception cref="Grains.Interfaces.Errors.BrokerException">The login was refused.</exception>
    public static Task<Connection> OpenAsync(
        IClusterClient client, ConnectionOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenAsync(Over(client, options), "the cluster of the given client", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(_options.OpenTimeout, _options.TimeProvider);
        try
        {
            await _publishing.FlushAsync().WaitAsync(timeout.Token).ConfigureAwait(false);
            await _consuming.StopAsync().WaitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The broker is away, or a handler does not return: leases end what is left.
        }

        await _session.StopAsync().ConfigureAwait(false);
        await _consuming.JoinAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        await _cluster.DisposeAsync().ConfigureAwait(false);
        Telemetry.Dispose();
    }

    /// <summary>A connection over a client, opened by its first use.</summary>
    internal static Connection Over(IClusterClient client, ConnectionOptions? options, string? virtualHost = null)
    {
        var cluster = new Cluster(client, owned: null);
        options ??= new ConnectionOptions { Password = cluster.IsInSilo ? null : "guest" };
        options = virtualHost is null ? options : options with { VirtualHost = virtualHost };
        return new Connection(cluster, options with
        {
            LoggerFactory = options.LoggerFactory ?? client.ServiceProvider.GetService<ILoggerFactory>(),
            MeterFactory = options.MeterFactory ?? client.ServiceProvider.GetService<IMeterFactory>(),
        });
    }

    private static async Task<Connection> OpenAsync(Connection connection, string servers, CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = new CancellationTokenSource(connection._options.OpenTimeout, connection._options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                await connection._cluster.RunAsync(() => connection._session.CallAsync(_ => connection._session.OpenAsync(), either.Token))
                    .ConfigureAwait(false);
                return connection;
            }
            catch (OperationCanceledException e) when (timeout.IsCancellationRequested)
            {
                throw new BrokerUnreachableException(
                    $"The broker at {servers} did not open a session within {connection._options.OpenTimeout.TotalSeconds:0.#} s", e);
            }
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
