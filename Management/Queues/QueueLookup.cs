using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Queues;

/// <summary>Looks for a queue without waking it.</summary>
internal static class QueueLookup
{
    /// <summary>The queue that is named.</summary>
    /// <exception cref="ApiException">It is missing (404).</exception>
    public static async Task<QueueDefinition> RequireQueueAsync(this ITopology topology, QueueId queue, CancellationToken cancellationToken) =>
        await topology.FindQueueAsync(queue, cancellationToken) ?? throw ApiException.NotFound();
}
