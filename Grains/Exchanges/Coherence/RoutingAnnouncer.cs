using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>Tells all silos of a change that was committed.</summary>
internal sealed class RoutingAnnouncer(
    ITopologyStore store,
    IRoutingNewsHandler local,
    NewsDelivery delivery,
    ILocalSiloDetails self,
    IOptions<TopologyOptions> options)
{
    private readonly string _ownLease = TopologyKeys.Lease(self.SiloAddress.ToParsableString());

    /// <summary>Completes when no silo routes any more by what was before: each has heard the news, or its lease has lapsed.</summary>
    public async Task AnnounceAsync(RoutingNews news)
    {
        await local.HandleAsync(news);
        if (options.Value.SingleSilo)
        {
            return;
        }

        List<Task>? others = null;
        await foreach (var row in store.ScanAsync(TopologyKeys.Leases, null, CancellationToken.None))
        {
            if (!string.Equals(row.Key, _ownLease, StringComparison.Ordinal))
            {
                (others ??= []).Add(delivery.DeliverAsync(row, news));
            }
        }

        if (others is not null)
        {
            await Task.WhenAll(others);
        }
    }
}
