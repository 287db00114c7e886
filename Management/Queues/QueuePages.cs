using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Queues;

/// <summary>Pages of queues in the order of virtual host and name, or of the name alone, without reading the rows that they do not show.</summary>
internal sealed class QueuePages(ITopology topology)
{
    /// <summary>The page that is asked for; null where the names are too many to be looked through.</summary>
    public async ValueTask<ListPage<QueueDefinition>?> ReadAsync(IReadOnlyList<string> virtualHosts, ListQuery query, CancellationToken cancellationToken)
    {
        if (query is { Matches: null, IsReversed: false } && (query.Sort is null || virtualHosts.Count == 1))
        {
            return await ReadAsync(virtualHosts, query.Skipped, query.PageSize, cancellationToken);
        }

        var search = new QueueSearch(query);
        foreach (var virtualHost in virtualHosts)
        {
            if (await topology.ListQueueNamesAsync(virtualHost, cancellationToken) is not { } names)
            {
                return null;
            }

            search.Add(virtualHost, names);
        }

        var found = search.Run(cancellationToken);
        var rows = await Task.WhenAll(found.Select(queue => topology.FindQueueAsync(queue, cancellationToken).AsTask()));
        // One that was deleted since is not shown.
        return new ListPage<QueueDefinition>([.. rows.OfType<QueueDefinition>()], search.Total, search.Filtered);
    }

    private async ValueTask<ListPage<QueueDefinition>> ReadAsync(
        IReadOnlyList<string> virtualHosts, long skip, int take, CancellationToken cancellationToken)
    {
        var rows = new List<QueueDefinition>(take);
        var total = 0L;
        foreach (var virtualHost in virtualHosts)
        {
            var outline = await topology.OutlineQueuesAsync(virtualHost, cancellationToken);
            if (rows.Count < take && skip - total < outline.Count)
            {
                await AddAsync(rows, virtualHost, outline, Math.Max(0, skip - total), take, cancellationToken);
            }

            total += outline.Count;
        }

        return new ListPage<QueueDefinition>(rows, total, total);
    }

    private async Task AddAsync(
        List<QueueDefinition> rows, string virtualHost, QueueOutline outline, long skip, int take, CancellationToken cancellationToken)
    {
        var (after, before) = outline.Seek(skip);
        await foreach (var queue in topology.ListQueuesAsync(virtualHost, after, cancellationToken))
        {
            if (before++ < skip)
            {
                continue;
            }

            rows.Add(queue);
            if (rows.Count == take)
            {
                return;
            }
        }
    }
}
