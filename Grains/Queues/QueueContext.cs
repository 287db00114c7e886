using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Policies;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Streams;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Grains.Topology;

namespace OrleansBroker.Grains.Queues;

/// <summary>What all queues of a silo share.</summary>
internal sealed record QueueContext(
    IQueueStore Store,
    IQueueRows Rows,
    IPublisher Publisher,
    ISubscriptionConsumers Subscriptions,
    QueuePolicies Policies,
    SiloLease Lease,
    IOptions<QueueOptions> Options,
    IOptions<BalanceOptions> Balance,
    ILocalSiloDetails Self,
    BrokerTelemetry Telemetry,
    TimeProvider Time,
    QueueLog Log)
{
    /// <summary>Unix milliseconds.</summary>
    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>When a consumer's lease that is renewed now lapses, in Unix milliseconds.</summary>
    public long LeaseUntil => Now + (long)Options.Value.ConsumerLease.TotalMilliseconds;

    /// <summary>Removes the messages of a queue whose row is gone, and the row that stands for them.</summary>
    public async Task RemoveMessagesAsync(QueueDefinition deleted, bool leavesMessages)
    {
        await Store.DeleteAsync(deleted.Incarnation, CancellationToken.None);
        if (leavesMessages)
        {
            await Rows.RemoveLeftoverAsync(deleted);
        }
    }

    /// <summary>Counts what left a queue without a consumer, and says so where that should not be.</summary>
    public void Report(QueueId queue, List<MessageDrop> drops)
    {
        foreach (var drop in drops)
        {
            Telemetry.Dropped(drop.Reason, drop.Count);
            if (drop.Reason == DropReason.Missing)
            {
                Log.MessagesMissing(queue, drop.Count);
            }
        }
    }
}
