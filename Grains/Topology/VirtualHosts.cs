using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Topology;

/// <summary>
/// Creates and deletes virtual hosts. Both take several commits; the row tells how far it has come, and whoever finds one half done,
/// a sweep at start too, goes on with it.
/// </summary>
internal sealed class VirtualHosts(
    ITopologyStore store,
    VirtualHostRows rows,
    VirtualHostCleaning cleaning,
    Incarnations incarnations,
    RoutingAnnouncer announcer,
    IGrainFactory grains,
    QueueLocator queues,
    IOptions<TopologyOptions> options)
{
    // Each turn moves the row one state on, or finds that somebody else did.
    private const int MaxTurns = 20;

    public async Task CreateAsync(string name, CancellationToken cancellationToken)
    {
        for (var turn = 0; turn < MaxTurns; turn++)
        {
            var row = await store.GetAsync(TopologyKeys.VirtualHost(name), cancellationToken);
            switch (row is null ? null : (long?)TopologyRows.Number(row))
            {
                case null:
                    await MoveAsync(name, 0, VirtualHostRows.Creating, cancellationToken);
                    break;
                case VirtualHostRows.Creating:
                    await FurnishAsync(name);
                    await OpenAsync(name, row!.Version, cancellationToken);
                    break;
                case VirtualHostRows.Deleting:
                    await FinishDeletionAsync(row!, cancellationToken);
                    break;
                default:
                    return;
            }
        }

        throw Contended(name);
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        for (var turn = 0; turn < MaxTurns; turn++)
        {
            var row = await store.GetAsync(TopologyKeys.VirtualHost(name), cancellationToken);
            if (row is null)
            {
                throw new BrokerException(ReplyCode.NotFound, $"no vhost '{name}'");
            }

            if (TopologyRows.Number(row) == VirtualHostRows.Deleting)
            {
                await FinishDeletionAsync(row, cancellationToken);
                return;
            }

            if (await MoveAsync(name, row.Version, VirtualHostRows.Deleting, cancellationToken))
            {
                await FinishDeletionAsync(row with { Version = row.Version + 1 }, cancellationToken);
                return;
            }
        }

        throw Contended(name);
    }

    /// <summary>Brings what a crash left half created or half deleted to its end.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await foreach (var row in store.ScanAsync(TopologyKeys.VirtualHosts, null, cancellationToken))
        {
            var state = TopologyRows.Number(row);
            if (state == VirtualHostRows.Creating)
            {
                await CreateAsync(TopologyKeys.Parts(row.Key, 1)[0], cancellationToken);
            }
            else if (state == VirtualHostRows.Deleting)
            {
                await FinishDeletionAsync(row, cancellationToken);
            }
        }
    }

    private static BrokerException Contended(string name) => new(ReplyCode.InternalError, $"vhost '{name}' changes too quickly");

    private async Task<bool> MoveAsync(string name, long version, long state, CancellationToken cancellationToken)
    {
        var moved = await store.CommitAsync(
            [new(TopologyKeys.VirtualHost(name), TopologyRows.Encode(state)) { ExpectedVersion = version }], cancellationToken);
        rows.Forget(name);
        return moved;
    }

    /// <summary>It is whole: clients may come, and it has a row of settings, by which silos tell it from another one of its name.</summary>
    private async Task OpenAsync(string name, long version, CancellationToken cancellationToken)
    {
        var key = SettingsKeys.VirtualHost(name);
        if (await store.GetAsync(key, cancellationToken) is not null)
        {
            await MoveAsync(name, version, VirtualHostRows.Live, cancellationToken);
            return;
        }

        var settings = SettingsRows.Encode(new VirtualHostDefinition { Name = name }, await incarnations.NextAsync(cancellationToken));
        var opened = await store.CommitAsync(
            [
                new(TopologyKeys.VirtualHost(name), TopologyRows.Encode(VirtualHostRows.Live)) { ExpectedVersion = version },
                new(key, settings) { ExpectedVersion = 0 },
            ],
            cancellationToken);
        rows.Forget(name);
        if (opened)
        {
            await announcer.AnnounceAsync(new RoutingNews { SettingsChanged = true });
        }
    }

    private async Task FurnishAsync(string name)
    {
        foreach (var exchange in PredeclaredExchanges.Of(name))
        {
            await grains.GetGrain<IExchangeGrain>(exchange.Id.ToGrainKey()).DeclareAsync(exchange);
        }

        if (options.Value.DefaultQueue is { Length: > 0 } queue)
        {
            var id = new QueueId(name, queue);
            await queues(id).DeclareAsync(new QueueDefinition { Id = id, Durable = true });
        }
    }

    /// <summary>Nothing can be created in it any more: what there is goes, then the row.</summary>
    private async Task FinishDeletionAsync(TopologyRow row, CancellationToken cancellationToken)
    {
        var name = TopologyKeys.Parts(row.Key, 1)[0];
        rows.Forget(name);
        await announcer.AnnounceAsync(new RoutingNews { DeletedVirtualHost = name });
        // Its connections close by that, before what they use goes.
        await cleaning.RemoveSettingsAsync(name);
        var all = new DeleteQueueOptions { Internal = true };
        await ForEachAsync(TopologyKeys.Queues(name), found => queues(TopologyKeys.QueueOf(found.Key)).DeleteAsync(all), cancellationToken);
        await ForEachAsync(
            TopologyKeys.Exchanges(name),
            found => grains.GetGrain<IExchangeGrain>(TopologyKeys.ExchangeOf(found.Key).ToGrainKey()).DeleteAsync(ifUnused: false),
            cancellationToken);
        await store.CommitAsync([new(row.Key, null) { ExpectedVersion = row.Version }], cancellationToken);
    }

    private Task ForEachAsync(string prefix, Func<TopologyRow, Task> action, CancellationToken cancellationToken) =>
        store.ScanAsync(prefix, null, cancellationToken).ForEachAsync(options.Value.SweepParallelism, action, cancellationToken);
}
