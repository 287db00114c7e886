using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Exchanges;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Policies;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Grains.Topology.Listing;
using OrleansBroker.Grains.Topology.Rows;
using OrleansBroker.Grains.Topology.Sweeping;

namespace OrleansBroker.Grains.Topology;

/// <summary>Registers definitions, exchanges and the coherent routing tables.</summary>
internal static class TopologyServices
{
    /// <summary>Adds them to a silo that has an <c>ITopologyStore</c>.</summary>
    public static ISiloBuilder AddTopology(this ISiloBuilder silo)
    {
        silo.AddGrainService<RoutingListener>();
        silo.Services.AddMetrics().TryAddSingleton<BrokerTelemetry>();
        silo.Services.AddOptions<TopologyOptions>();
        silo.Services
            .AddSingleton<Incarnations>()
            .AddSingleton<VirtualHostRows>()
            .AddSingleton<Unbinding>()
            .AddSingleton<IQueueRows, QueueRows>()
            .AddSingleton<ExchangeServices>()
            .AddSingleton<QueueLocator>(services =>
            {
                var grains = services.GetRequiredService<IGrainFactory>();
                return id => grains.GetGrain<IQueueGrain>(id.ToGrainKey());
            })
            .AddSingleton<QueueCounting>()
            .AddSingleton<VirtualHostCleaning>()
            .AddSingleton<VirtualHosts>()
            .AddSingleton<QueueChanges>()
            .AddSingleton<QueueOutlines>()
            .AddSingleton<IHostedService>(services => services.GetRequiredService<QueueOutlines>())
            .AddSingleton<IVirtualHosts, VirtualHostDirectory>()
            .AddSingleton<ITopology, Topology>();
        silo.Services
            .AddSingleton<Owners>()
            .AddSingleton<QueueCleaning>()
            .AddTransient<Sweep>()
            .AddSingleton<QueueSweep>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<QueueSweep>());
        silo.Services
            .AddSingleton<RoutingTableCache>()
            .AddSingleton<SiloLease>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloLease>())
            .AddSingleton<IRoutingTables, RoutingTables>()
            .AddSingleton<RoutingListeners>()
            .AddSingleton<LeaseRevocations>()
            .AddSingleton<NewsDelivery>()
            .AddSingleton<RoutingAnnouncer>();
        silo.Services
            .AddSingleton<OpenQueues>()
            .AddSingleton<ISettingsListener, TablePolicies>()
            .AddSingleton<ISettingsListener>(services => services.GetRequiredService<OpenQueues>())
            .AddSingleton<SettingsCache>()
            .AddSingleton<SettingsWriter>()
            .AddSingleton<IRoutingNewsHandler, SiloNews>();
        return silo;
    }
}
