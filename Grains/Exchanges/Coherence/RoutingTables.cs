using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>The silo's tables: held in the cache, under the lease, and fetched from the exchanges' grains when they are missing.</summary>
internal sealed class RoutingTables(
    RoutingTableCache cache, SiloLease lease, SettingsCache settings, VirtualHostRows virtualHosts, IGrainFactory grains) : IRoutingTables
{
    // A load is repeated only when the exchange was declared anew, or the lease lost, while it was under way.
    private const int MaxLoads = 100;

    public long Generation => cache.Generation;

    public bool IsCurrent => cache.IsCurrent;

    public bool TryGetTable(ExchangeId id, out RoutingTable? table) => cache.TryGetTable(id, out table);

    public ValueTask EnsureCurrentAsync(CancellationToken cancellationToken) => lease.EnsureAsync(cancellationToken);

    public async ValueTask<RoutingTable?> GetTableAsync(ExchangeId id, CancellationToken cancellationToken)
    {
        for (var load = 0; load < MaxLoads; load++)
        {
            // A load may begin only under the lease: what is committed after it begins is told to this silo.
            await lease.EnsureAsync(cancellationToken);
            if (cache.TryGetTable(id, out var table))
            {
                return table;
            }

            // Policies are part of what a table is made of.
            await settings.GetAsync(cancellationToken);
            await cache.Load(id, BeginLoad).WaitAsync(cancellationToken);
        }

        throw new BrokerException(ReplyCode.InternalError, $"{id} changes too quickly to be routed by");
    }

    public async ValueTask<bool> VirtualHostExistsAsync(string name, CancellationToken cancellationToken)
    {
        if (cache.KnowsVirtualHost(name))
        {
            return true;
        }

        await lease.EnsureAsync(cancellationToken);
        var stamp = cache.BeginVirtualHostLookup();
        if (!await virtualHosts.ExistsAsync(name, cancellationToken))
        {
            return false;
        }

        cache.AddVirtualHost(name, stamp);
        return true;
    }

    // On the pool: several callers wait for one load, which must not depend on the life of the grain that happened to begin it.
    private Task BeginLoad(TableLoad load) => Task.Run(() => LoadAsync(load));

    private async Task LoadAsync(TableLoad load)
    {
        try
        {
            var contents = await grains.GetGrain<IExchangeGrain>(load.Id.ToGrainKey()).GetTableAsync();
            var table = contents is null ? null : RoutingTable.Create(contents.Exchange, contents.Version, contents.Bindings);
            cache.FinishLoad(load, table);
        }
        catch
        {
            cache.AbandonLoad(load);
            throw;
        }
    }
}
