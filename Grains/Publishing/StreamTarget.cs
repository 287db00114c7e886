using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Streams;

namespace OrleansBroker.Grains.Publishing;

/// <summary>Brings batches to an Orleans stream of another provider. What is sent again may arrive twice: the stream knows no numbers.</summary>
internal sealed class StreamTarget(string name, IStreamDestinations streams, PublishingLog log) : ILinkTarget
{
    public async Task<EnqueueReply?> TrySendAsync(EnqueueBatch batch)
    {
        try
        {
            await streams.PublishAsync(name, batch.Messages.Messages.ToArray()).ConfigureAwait(false);
            return EnqueueReply.Accepted;
        }
        catch (Exception exception)
        {
            log.StreamUnknown(exception, name, batch.Messages.Count);
            return null;
        }
    }
}
