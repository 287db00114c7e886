using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Management.Queues;

/// <summary>
/// Gets messages out of a queue one by one and settles them later. What is not settled returns at the end: now and not with the lease, to its
/// place, and as if nobody had tried to deliver it.
/// </summary>
internal sealed class QueueGetter(IQueueGrain queue) : IAsyncDisposable
{
    private readonly ConsumerId _id = new(Guid.NewGuid(), 1);
    private readonly HashSet<DeliveryBatch> _unsettled = [];

    /// <summary>The next message; null in its delivery where there is none.</summary>
    public async Task<GetReply> GetAsync(CancellationToken cancellationToken)
    {
        var reply = await queue.GetAsync(new GetRequest { Id = _id }).WaitAsync(cancellationToken);
        if (reply.Delivery is { } delivery)
        {
            _unsettled.Add(delivery);
        }

        return reply;
    }

    /// <summary>Settles some of what was got.</summary>
    public async Task SettleAsync(IReadOnlyCollection<DeliveryBatch> deliveries, Settlement how)
    {
        foreach (var epoch in deliveries.GroupBy(static delivery => delivery.Epoch))
        {
            await queue.SettleAsync(new SettleBatch
            {
                Host = _id.Host,
                Epoch = epoch.Key,
                Ranges = [.. epoch.Select(delivery => new SettleRange(_id.Number, delivery.FirstDelivery, delivery.FirstDelivery, how))],
            });
        }

        _unsettled.ExceptWith(deliveries);
    }

    /// <summary>Returns what is not settled.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await SettleAsync([.. _unsettled], Settlement.Return);
        }
        finally
        {
            await queue.DetachAsync(new DetachRequest { Id = _id, Requeue = true });
        }
    }
}
