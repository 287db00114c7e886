using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Live;

namespace OrleansBroker.Grains.Queues;

// Grains that subscribe are kept with the queue's row, and attached whenever the queue opens.
internal sealed partial class QueueGrain
{
    private readonly Dictionary<Guid, ConsumerId> _subscriptions = [];

    public async Task SubscribeAsync(GrainSubscription subscription)
    {
        DelayQueue.RefuseClients(_id);
        await RequireAsync();
        var live = await OpenAsync();
        await context.Rows.SaveSubscriptionAsync(_id, subscription);
        AttachSubscription(live, subscription);
    }

    public async Task UnsubscribeAsync(Guid subscription)
    {
        if (await FindAsync() is null)
        {
            return;
        }

        await context.Rows.RemoveSubscriptionAsync(_id, subscription);
        if (_subscriptions.Remove(subscription, out var consumer))
        {
            // Not waited for: the delivery under way may be the one whose handler unsubscribes.
            _ = _live?.DetachAsync(consumer, requeue: true);
        }
    }

    public async Task<GrainSubscription[]> GetSubscriptionsAsync(GrainId subscriber) =>
        await FindAsync() is null ? [] : [.. (await context.Rows.GetSubscriptionsAsync(_id)).Where(s => s.Subscriber == subscriber)];

    private void AttachSubscription(LiveQueue live, GrainSubscription subscription)
    {
        var attachment = context.Subscriptions.Create(_id, this.AsReference<IQueueGrain>(), subscription);
        _subscriptions[subscription.Id] = attachment.Id;
        live.Attach(attachment, lasting: true);
    }
}
