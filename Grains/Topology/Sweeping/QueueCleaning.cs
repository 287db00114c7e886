using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Topology.Sweeping;

/// <summary>Wakes and deletes single queues for a sweep. One queue's failure does not keep it from the others.</summary>
internal sealed partial class QueueCleaning(ITopologyStore store, IQueueStore messages, QueueLocator queues, ILogger<QueueCleaning> logger)
{
    /// <summary>Deletes the queue that an index row led to, whoever owns it; false where that failed.</summary>
    public async Task<bool> DeleteAsync(QueueId id, string indexKey, CancellationToken cancellationToken)
    {
        try
        {
            var row = await store.GetAsync(TopologyKeys.Queue(id), cancellationToken);
            if (row is null)
            {
                await store.CommitAsync([new(indexKey, null)], cancellationToken);
                return true;
            }

            await queues(id).DeleteAsync(new DeleteQueueOptions { Internal = true, Incarnation = TopologyRows.Queue(row).Incarnation });
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(logger, id, e);
            return false;
        }
    }

    /// <summary>Wakes the queue, or removes an index row that leads to no queue; false where that failed.</summary>
    public async Task<bool> WakeAsync(QueueId id, CancellationToken cancellationToken, string? indexKey = null)
    {
        try
        {
            await queues(id).WakeAsync();
            return true;
        }
        catch (BrokerException e) when (e.Code == ReplyCode.NotFound)
        {
            if (indexKey is not null)
            {
                await store.CommitAsync([new(indexKey, null)], cancellationToken);
            }

            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(logger, id, e);
            return false;
        }
    }

    /// <summary>Removes the messages of a deleted queue whose silo died before it had done so; false where that failed.</summary>
    public async Task<bool> RemoveLeftoverAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            // Should the queue's silo be about it still, that does no harm.
            await messages.DeleteAsync(TopologyKeys.IncarnationOfLeftover(key), cancellationToken);
            await store.CommitAsync([new(key, null)], cancellationToken);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogLeft(logger, key, e);
            return false;
        }
    }

    [LoggerMessage(2335, LogLevel.Warning, "The messages of a deleted queue could not be removed: {Key}. It is tried again")]
    private static partial void LogLeft(ILogger logger, string key, Exception exception);

    [LoggerMessage(2331, LogLevel.Warning, "A sweep could not reach {Queue}")]
    private static partial void LogFailed(ILogger logger, QueueId queue, Exception exception);
}
