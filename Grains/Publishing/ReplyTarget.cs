using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Replies;

namespace OrleansBroker.Grains.Publishing;

/// <summary>
/// Brings replies to the channel that waits for them (direct reply-to): what the default exchange routes to a queue, and no queue's. At most
/// once: a batch whose outcome is unknown is not sent again.
/// </summary>
internal sealed class ReplyTarget(string virtualHost, string address, IReplyGrain receiver, PublishingLog log) : ILinkTarget
{
    public async Task<EnqueueReply?> TrySendAsync(EnqueueBatch batch)
    {
        try
        {
            return await receiver.SendAsync(virtualHost, batch.Messages).ConfigureAwait(false) ? EnqueueReply.Accepted : EnqueueReply.Missing;
        }
        catch (Exception exception)
        {
            log.ReplyLost(exception, address, batch.Messages.Count);
            return EnqueueReply.Missing;
        }
    }
}
