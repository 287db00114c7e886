using OrleansBroker.Grains.Topology.Rows;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Clocks;

namespace OrleansBroker.Grains.Topology.Sweeping;

/// <summary>
/// Does for queues what nobody else would: wakes those whose deadline has come or that have subscribed grains, and deletes those whose
/// owner is gone, and what deleted queues have left in the store. Reads indexes that hold only such queues.
/// </summary>
internal sealed class Sweep(
    ITopologyStore store,
    VirtualHosts virtualHosts,
    Owners owners,
    QueueCleaning cleaning,
    IGrainFactory grains,
    IOptions<TopologyOptions> options,
    TimeProvider time)
{
    // Sweeps that are further apart are late by choice; more would only keep queues awake for nothing.
    private static readonly TimeSpan MaxLead = TimeSpan.FromSeconds(4);

    private MembershipVersion _swept = MembershipVersion.MinValue;

    /// <summary>What a start asks for.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await virtualHosts.RecoverAsync(cancellationToken);
        await virtualHosts.CreateAsync("/", cancellationToken);
        if (options.Value.SingleSilo)
        {
            await RemoveTransientAsync(cancellationToken);
        }

        await RunAsync(cancellationToken);
    }

    /// <summary>What is due.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // A queue that is awake does what is due on time, by its own timer: it is woken a little before.
        var lead = TimeSpan.FromTicks(Math.Min(2 * options.Value.SweepInterval.Ticks, MaxLead.Ticks));
        var membership = owners.Version;
        if (membership != _swept)
        {
            // The deadlines that an activation noted which is gone may be late by as much.
            lead += QueueClock.NoteAhead;
            var orphansGone = await RemoveOrphanedAsync(cancellationToken);
            var leftoversGone = await RemoveLeftoversAsync(cancellationToken);
            if (await WakeSubscribedAsync(cancellationToken) && orphansGone && leftoversGone)
            {
                _swept = membership;
            }
        }

        await WakeDueAsync(time.GetUtcNow() + lead, cancellationToken);
    }

    private async Task RemoveTransientAsync(CancellationToken cancellationToken)
    {
        await ForEachAsync(
            TopologyKeys.TransientQueues, row => cleaning.DeleteAsync(TopologyKeys.QueueOf(row.Key), row.Key, cancellationToken), cancellationToken);
        await ForEachAsync(
            TopologyKeys.TransientExchanges,
            row => grains.GetGrain<IExchangeGrain>(TopologyKeys.ExchangeOf(row.Key).ToGrainKey()).DeleteAsync(ifUnused: false),
            cancellationToken);
    }

    private async Task<bool> RemoveOrphanedAsync(CancellationToken cancellationToken)
    {
        var complete = true;
        await ForEachAsync(
            TopologyKeys.OwnedQueues,
            async row =>
            {
                if (await owners.IsGoneAsync(TopologyKeys.Parts(row.Key, 3)[0], cancellationToken)
                    && !await cleaning.DeleteAsync(TopologyKeys.QueueAfterFirst(row.Key), row.Key, cancellationToken))
                {
                    complete = false;
                }
            },
            cancellationToken);
        return complete;
    }

    private async Task<bool> RemoveLeftoversAsync(CancellationToken cancellationToken)
    {
        var complete = true;
        await ForEachAsync(
            TopologyKeys.Leftovers, async row => complete = await cleaning.RemoveLeftoverAsync(row.Key, cancellationToken) && complete, cancellationToken);
        return complete;
    }

    private async Task<bool> WakeSubscribedAsync(CancellationToken cancellationToken)
    {
        var complete = true;
        QueueId last = default;
        await ForEachAsync(
            TopologyKeys.Subscriptions,
            async row =>
            {
                var parts = TopologyKeys.Parts(row.Key, 3);
                var id = new QueueId(parts[0], parts[1]);
                if (id != last)
                {
                    last = id;
                    complete = await cleaning.WakeAsync(id, cancellationToken) && complete;
                }
            },
            cancellationToken);
        return complete;
    }

    private async Task WakeDueAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        await DueAsync(until.ToUnixTimeMilliseconds(), cancellationToken).ForEachAsync(
            options.Value.SweepParallelism, row => cleaning.WakeAsync(TopologyKeys.QueueAfterFirst(row.Key), cancellationToken, row.Key), cancellationToken);
    }

    private async IAsyncEnumerable<TopologyRow> DueAsync(
        long until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in store.ScanAsync(TopologyKeys.DueTimes, null, cancellationToken))
        {
            if (long.Parse(TopologyKeys.Parts(row.Key, 3)[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) > until)
            {
                yield break;
            }

            yield return row;
        }
    }

    private Task ForEachAsync(string prefix, Func<TopologyRow, Task> action, CancellationToken cancellationToken) =>
        store.ScanAsync(prefix, null, cancellationToken).ForEachAsync(options.Value.SweepParallelism, action, cancellationToken);
}
