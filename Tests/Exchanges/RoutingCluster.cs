using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Storage.Memory;
using OrleansBroker.Tests.Hosting;

namespace OrleansBroker.Tests.Exchanges;

/// <summary>Silos with exchanges and routing tables over one store in memory; queues are rows without grains.</summary>
public sealed class RoutingCluster : IAsyncLifetime
{
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly InProcessTestCluster _cluster;

    public RoutingCluster()
    {
        var builder = new InProcessTestClusterBuilder(3);
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBrokerDirectory();
            silo.AddTopology();
            silo.Services.Configure<TopologyOptions>(options =>
            {
                options.DefaultQueue = "";
                options.LeaseDuration = Lease;
                options.LeaseRenewal = Lease / 4;
                options.AnswerPatience = Lease / 4;
            });
            silo.Services
                .AddSingleton<IQueueStore>(new MemoryQueueStore())
                .AddSingleton(new CutOffStore(Store))
                .AddSingleton<ITopologyStore>(services => services.GetRequiredService<CutOffStore>())
                .AddSingleton<DeafHandler>()
                .AddSingleton<IRoutingNewsHandler>(services => services.GetRequiredService<DeafHandler>())
                .AddSingleton<QueueLocator>(NoQueue);
        });
        _cluster = builder.Build();
    }

    internal MemoryTopologyStore Store { get; } = new();

    internal IReadOnlyList<IServiceProvider> Silos => [.. _cluster.Silos.Select(silo => silo.SiloHost.Services)];

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    internal ITopology Topology(int silo) => Silos[silo].GetRequiredService<ITopology>();

    internal IRoutingTables Tables(int silo) => Silos[silo].GetRequiredService<IRoutingTables>();

    internal async Task<QueueDefinition> CreateQueueAsync(string name, ConnectionOwner? owner = null, bool durable = true)
    {
        var definition = new QueueDefinition { Id = new QueueId("/", name), Durable = durable, ExclusiveOwner = owner };
        return (await Silos[0].GetRequiredService<IQueueRows>().CreateAsync(definition)).Definition;
    }

    internal async Task<ExchangeId> CreateExchangeAsync(string type = "direct", bool autoDelete = false)
    {
        var id = new ExchangeId("/", $"x-{Guid.NewGuid():N}");
        await Topology(0).DeclareExchangeAsync(new ExchangeDefinition { Id = id, Type = type, AutoDelete = autoDelete }, default);
        return id;
    }

    internal static BindingDefinition ToQueue(ExchangeId source, string queue, string key = "key") =>
        new() { Source = source, Destination = new Destination(DestinationKind.Queue, queue), RoutingKey = key };

    internal static BindingDefinition ToExchange(ExchangeId source, ExchangeId destination, string key = "key") =>
        new() { Source = source, Destination = new Destination(DestinationKind.Exchange, destination.Name), RoutingKey = key };

    internal async Task KillAsync(int silo) => await _cluster.KillSiloAsync(_cluster.Silos[silo]);

    // Routing ends before the queues: who calls one is wrong.
    private static IQueueGrain NoQueue(QueueId id) =>
        GrainDouble.Create<IQueueGrain>((method, _) => throw new InvalidOperationException($"{method} of {id} was called"));
}
