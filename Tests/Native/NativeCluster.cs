using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;
using OrleansBroker.ClientLib;
using OrleansBroker.ClientLib.Hosting;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Memory;
using ConnectionOptions = OrleansBroker.ClientLib.ConnectionOptions;

namespace OrleansBroker.Tests.Native;

/// <summary>Silos with the whole broker over the memory store, and what tests need to reach them.</summary>
public class NativeCluster : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<Connection> _connections = [];

    protected virtual int Silos => 1;

    public InProcessTestCluster Cluster { get; private set; } = null!;

    /// <summary>What the silos use for the store: the store itself, or something around it.</summary>
    protected virtual IQueueStore Over(IQueueStore store) => store;

    /// <summary>What the silos use for the definitions: the store itself, or something around it.</summary>
    protected virtual ITopologyStore Over(ITopologyStore store) => store;

    public IServiceProvider Silo => Cluster.Silos[0].ServiceProvider;

    /// <summary>Waits for a condition, however slow the machine is.</summary>
    public static async Task Until(Func<Task<bool>> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"waited in vain for: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);

    /// <summary>A name that no other test uses.</summary>
    public static string Unique(string prefix) => $"{prefix}-{Guid.NewGuid():N}";

    public async Task InitializeAsync()
    {
        var (queues, definitions) = (new MemoryQueueStore(), new MemoryTopologyStore());
        var builder = new InProcessTestClusterBuilder((short)Silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBroker(broker =>
            {
                broker.Store.Provider = StoreProvider.Memory;
                broker.Access.Users["guest"] = new() { Password = "guest", Permissions = { ["*"] = new() } };
                broker.Access.Users["reader"] = new() { Password = "reader", Permissions = { ["/"] = new() { Configure = "", Write = "" } } };
                Configure(broker);
            });
            ConfigureSilo(silo);
            // One store for all silos, as a cluster has it.
            silo.Services.AddSingleton(Over((IQueueStore)queues));
            silo.Services.AddSingleton(Over((ITopologyStore)definitions));
            silo.AddMemoryStreams("memory").AddMemoryGrainStorage("PubSubStore");
        });
        builder.ConfigureSiloHost((_, host) => host.Logging.SetMinimumLevel(LogLevel.Warning));
        builder.ConfigureClient(client => client.AddBrokerStreams());
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await Cluster.StopAllSilosAsync();
        await Cluster.DisposeAsync();
    }

    /// <summary>A connection from outside, over an Orleans client.</summary>
    public async Task<Connection> ConnectAsync(ConnectionOptions? options = null)
    {
        var connection = await Connection.OpenAsync(Cluster.Client, options);
        _connections.Add(connection);
        return connection;
    }

    /// <summary>The connection of code inside a silo.</summary>
    public IBrokerConnection Inside(int silo = 0) => Cluster.Silos[silo].ServiceProvider.GetRequiredService<IBrokerConnection>();

    /// <summary>The connection string of the silos' gateways, and the options that go with it.</summary>
    public (string Servers, ConnectionOptions Options) Gateways()
    {
        var options = Silo.GetRequiredService<Microsoft.Extensions.Options.IOptions<ClusterOptions>>().Value;
        var servers = string.Join(',', Cluster.Silos.Select(s => $"127.0.0.1:{s.GatewayAddress.Endpoint.Port}"));
        return (servers, new ConnectionOptions { ClusterId = options.ClusterId, ServiceId = options.ServiceId });
    }

    protected virtual void Configure(BrokerOptions options)
    {
    }

    /// <summary>What the silos have besides the broker.</summary>
    protected virtual void ConfigureSilo(ISiloBuilder silo)
    {
    }
}

[CollectionDefinition(Name)]
public sealed class OneSilo : ICollectionFixture<NativeCluster>
{
    public const string Name = "one silo";
}
