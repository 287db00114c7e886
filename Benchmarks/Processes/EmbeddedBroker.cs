using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Benchmarks.Processes;

/// <summary>A silo with the broker in this process, on ports and in a folder of its own.</summary>
internal sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly string _folder;
    private readonly bool _keep;

    private EmbeddedBroker(IHost host, string folder, int gatewayPort, bool keep)
    {
        _host = host;
        _folder = folder;
        _keep = keep;
        GatewayPort = gatewayPort;
    }

    public int GatewayPort { get; }

    public string Address => $"127.0.0.1:{GatewayPort}";

    /// <summary>The client inside the silo.</summary>
    public Connection Connection => _host.Services.GetRequiredService<Connection>();

    public IServiceProvider Services => _host.Services;

    public static async Task<EmbeddedBroker> StartAsync(StoreProvider store, string? folder = null, Action<BrokerOptions>? configure = null)
    {
        var path = folder ?? Directory.CreateTempSubdirectory("orleansbroker-benchmark-").FullName;
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        var ports = FreePorts.Take(2);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ports[0], ports[1], serviceId: "orleansbroker", clusterId: "orleansbroker");
            silo.AddBroker(options =>
            {
                options.Store.Provider = store;
                options.Store.Path = path;
                configure?.Invoke(options);
            });
        });
        var host = builder.Build();
        await host.StartAsync();
        return new EmbeddedBroker(host, path, ports[1], folder is not null);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        if (!_keep)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
