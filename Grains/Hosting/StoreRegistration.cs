using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Stores;
using OrleansBroker.Storage;
using OrleansBroker.Storage.PostgreSql;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Registers the store that the options name.</summary>
internal static class StoreRegistration
{
    public static void AddStores(this ISiloBuilder silo, StoreOptions options)
    {
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ClusterStoreCheck>();
        if (options.Provider == StoreProvider.Memory)
        {
            silo.AddClusterMemoryStores();
        }
        else if (options.Provider == StoreProvider.PostgreSql)
        {
            silo.Services.AddPostgreSqlStores(store =>
            {
                store.ConnectionString = options.ConnectionString ?? "";
                store.Schema = options.Schema;
                store.Writers = options.Writers;
                store.Patience = options.Patience;
            });
        }
        else
        {
            // Disposed with the container, which is after the silo has stopped and its grains have written what was theirs.
            silo.Services.AddRocksDbStores(store =>
            {
                store.Path = options.Path;
                store.WriteBufferBytes = options.WriteBufferBytes;
                store.BlockCacheBytes = options.BlockCacheBytes;
                store.MinimumFreeDisk = options.MinimumFreeDisk;
            });
        }
    }
}
