using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Gateway.Connections;

/// <summary>The queues that die with a connection. Where deleting them fails, the sweep finds them by their owner's silo.</summary>
internal sealed class ExclusiveQueues(ITopology topology)
{
    private readonly Lock _lock = new();
    private HashSet<QueueId>? _queues;

    public void Add(QueueId queue)
    {
        lock (_lock)
        {
            (_queues ??= []).Add(queue);
        }
    }

    public void Remove(QueueId queue)
    {
        lock (_lock)
        {
            _queues?.Remove(queue);
        }
    }

    /// <summary>Deletes them all; what cannot be deleted is told to <paramref name="failed"/>.</summary>
    public async Task DeleteAsync(Guid connection, Action<QueueId, Exception> failed)
    {
        QueueId[] all;
        lock (_lock)
        {
            all = [.. _queues ?? []];
            _queues = null;
        }

        foreach (var queue in all)
        {
            try
            {
                await topology.DeleteQueueAsync(queue, new DeleteQueueOptions { Connection = connection }, CancellationToken.None);
            }
            catch (Exception failure)
            {
                failed(queue, failure);
            }
        }
    }
}
