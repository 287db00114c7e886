using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace OrleansBroker.ClientLib.Connections;

/// <summary>
/// An Orleans client that a connection makes for itself. It has no host: a host would take over the process's signals and logging.
/// </summary>
internal sealed class OwnedClient : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly ServiceProvider _services;
    private readonly List<IHostedService> _started = [];
    private readonly TimeProvider _time;

    private OwnedClient(ServiceProvider services, TimeProvider time)
    {
        _services = services;
        _time = time;
    }

    /// <summary>Connects to one of the servers, trying until the timeout.</summary>
    /// <exception cref="BrokerUnreachableException">None answered in time.</exception>
    public static async Task<Cluster> ConnectAsync(string servers, ConnectionOptions options, CancellationToken cancellationToken)
    {
        var names = ServerAddresses.Parse(servers);
        using var timeout = new CancellationTokenSource(options.OpenTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var failure = new LastFailure(options.TimeProvider);
        OwnedClient? client = null;
        try
        {
            var addresses = await ServerAddresses.ResolveAsync(names, either.Token).ConfigureAwait(false);
            client = new OwnedClient(Build(addresses, options, failure), options.TimeProvider);
            await client.StartAsync(either.Token).ConfigureAwait(false);
            return new Cluster(client._services.GetRequiredService<IClusterClient>(), client);
        }
        catch (Exception e)
        {
            if (client is not null)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            var reason = failure.Exception ?? e;
            throw new BrokerUnreachableException(
                $"No broker (Orleans gateway of cluster '{options.ClusterId}') answers at {servers} within {options.OpenTimeout.TotalSeconds:0.#} s: {reason.GetBaseException().Message}",
                reason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout, _time);
        foreach (var service in Enumerable.Reverse(_started))
        {
            try
            {
                await service.StopAsync(timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The gateways are gone and do not answer the good-bye; disposing ends the connections.
                break;
            }
        }

        await _services.DisposeAsync().ConfigureAwait(false);
    }

    private static ServiceProvider Build(IPEndPoint[] addresses, ConnectionOptions options, LastFailure failure)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        if (options.LoggerFactory is { } loggers)
        {
            services.AddSingleton(loggers);
        }

        services.AddOrleansClient(client =>
        {
            client.UseStaticClustering(addresses);
            client.Configure<ClusterOptions>(o =>
            {
                o.ClusterId = options.ClusterId;
                o.ServiceId = options.ServiceId;
            });
            client.Configure<Orleans.Configuration.ConnectionOptions>(o => o.OpenConnectionTimeout = Smaller(o.OpenConnectionTimeout, options.OpenTimeout));
        });
        services.AddSingleton<IClientConnectionRetryFilter>(failure);
        return services.BuildServiceProvider();
    }

    private static TimeSpan Smaller(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            _started.Add(service);
            // Orleans does not look at the token while a connection attempt is under way.
            await service.StartAsync(cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries again until the token ends it, and remembers why the last attempt failed.</summary>
    private sealed class LastFailure(TimeProvider time) : IClientConnectionRetryFilter
    {
        public Exception? Exception { get; private set; }

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            Exception = exception;
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(RetryPause, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }
}
