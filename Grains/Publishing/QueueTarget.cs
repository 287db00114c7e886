using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Publishing;

/// <summary>Brings batches to a queue grain.</summary>
internal sealed class QueueTarget(QueueId id, IQueueGrain queue, PublishingLog log) : ILinkTarget
{
    public async Task<EnqueueReply?> TrySendAsync(EnqueueBatch batch)
    {
        try
        {
            return await queue.EnqueueAsync(batch).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Whatever went wrong (a silo's death, a time-out, a queue that was fenced): the outcome is unknown, and the queue
            // refuses what it has already when the batch comes again.
            log.EnqueueUnknown(exception, id, batch.Number, batch.Messages.Count);
            return null;
        }
    }
}
