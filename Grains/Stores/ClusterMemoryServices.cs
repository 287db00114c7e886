using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Memory;

namespace OrleansBroker.Grains.Stores;

/// <summary>Registers the stores that a cluster keeps in its primary silo's memory.</summary>
internal static class ClusterMemoryServices
{
    /// <summary>Adds them to a silo; every silo of the cluster needs them, and the same <see cref="ClusterMemoryOptions"/>.</summary>
    public static ISiloBuilder AddClusterMemoryStores(this ISiloBuilder silo)
    {
        silo.AddPlacementDirector<PrimaryPlacement, PrimaryPlacementDirector>();
        silo.Services.AddOptions<ClusterMemoryOptions>();
        silo.Services
            .AddSingleton<MemoryQueueStore>()
            .AddSingleton<MemoryTopologyStore>()
            .AddSingleton<IQueueStore, ClusterMemoryQueueStore>()
            .AddSingleton<ITopologyStore, ClusterMemoryTopologyStore>();
        return silo;
    }
}
