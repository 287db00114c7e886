using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Queues;

/// <summary>Pages of queues in the order of virtual host and name, read from where they begin.</summary>
internal sealed class QueuePages(ITopology topology)
{
    /// <summary>The page behind so many queues.</summary>
    public async ValueTask<ListPage<QueueDefinition>> ReadAsync(
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
