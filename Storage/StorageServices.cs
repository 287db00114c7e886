using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Memory;
using OrleansBroker.Storage.RocksDb;

namespace OrleansBroker.Storage;

/// <summary>Registers a store: one singleton <see cref="IQueueStore"/> and one <see cref="ITopologyStore"/>.</summary>
public static class StorageServices
{
    /// <summary>Keeps queues and definitions in memory: for development and tests.</summary>
    public static IServiceCollection AddMemoryStores(this IServiceCollection services) =>
        services.AddMemoryStores(new MemoryQueueStore(), new MemoryTopologyStore());

    /// <summary>Keeps queues and definitions in stores that several silos of one process share.</summary>
    public static IServiceCollection AddMemoryStores(this IServiceCollection services, MemoryQueueStore queues, MemoryTopologyStore topology) =>
        services.AddSingleton<IQueueStore>(queues).AddSingleton<ITopologyStore>(topology);

    /// <summary>
    /// Keeps queues and definitions in a RocksDB database in a folder of this silo. It is opened when it is first asked for, and
    /// closed with the container.
    /// </summary>
    public static IServiceCollection AddRocksDbStores(this IServiceCollection services, Action<RocksDbOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services
            .AddSingleton(provider => Open(provider, configure))
            .AddSingleton(static provider => provider.GetRequiredService<RocksDbStore>().Queues)
            .AddSingleton(static provider => provider.GetRequiredService<RocksDbStore>().Topology);
    }

    private static RocksDbStore Open(IServiceProvider provider, Action<RocksDbOptions> configure)
    {
        var options = new RocksDbOptions();
        configure(options);
        return RocksDbStore.Open(options, provider.GetService<TimeProvider>(), provider.GetService<IMeterFactory>());
    }
}
