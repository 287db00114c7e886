using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Grains.Publishing;

/// <summary>What a link leads to.</summary>
internal interface ILinkTarget
{
    /// <summary>Sends a batch; null when the outcome is unknown and the batch is to be sent again.</summary>
    Task<EnqueueReply?> TrySendAsync(EnqueueBatch batch);
}
