using System.Globalization;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Queues;

/// <summary>Makes what is listed of queues.</summary>
internal sealed class QueueItems(IClusterActivity activity, IPolicies policies)
{
    private const string Running = "running";

    /// <summary>Items of queues, as many and in the same order.</summary>
    public async ValueTask<IReadOnlyList<QueueItem>> OfAsync(IReadOnlyList<QueueDefinition> queues, QueueDetail detail, CancellationToken cancellationToken)
    {
        var items = new QueueItem[queues.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = OfDefinition(queues[i], await policies.OfAsync(queues[i], cancellationToken));
        }

        if (detail == QueueDetail.Definitions)
        {
            return items;
        }

        var figures = await activity.ReadQueuesAsync(queues, cancellationToken);
        return [.. items.Zip(figures, (item, figure) => detail == QueueDetail.Totals ? WithTotals(item, figure) : Whole(item, figure))];
    }

    private static QueueItem OfDefinition(QueueDefinition queue, EffectivePolicy policy) => new()
    {
        Name = queue.Id.Name,
        VirtualHost = queue.Id.VirtualHost,
        Type = queue.Arguments["x-queue-type"] as string ?? "classic",
        Durable = queue.Durable,
        AutoDelete = queue.AutoDelete,
        Exclusive = queue.ExclusiveOwner is not null,
        Arguments = queue.Arguments,
        Policy = policy.Policy,
        OperatorPolicy = policy.OperatorPolicy,
        EffectivePolicyDefinition = policy.Definition,
    };

    private static QueueItem WithTotals(QueueItem item, QueueFigures figures) => item with
    {
        Messages = figures.Ready + figures.Unacked,
        MessagesReady = figures.Ready,
        MessagesUnacknowledged = figures.Unacked,
    };

    private QueueItem Whole(QueueItem item, QueueFigures figures) => WithTotals(item, figures) with
    {
        // One that sleeps is wherever it is asked for next.
        Node = figures.Silo ?? activity.Silo,
        State = Running,
        MessagesDetails = RateItem.Of(figures.ReadyRate + figures.UnackedRate),
        MessagesReadyDetails = RateItem.Of(figures.ReadyRate),
        MessagesUnacknowledgedDetails = RateItem.Of(figures.UnackedRate),
        MessageBytesReady = figures.ReadyBytes,
        Consumers = figures.Consumers,
        IdleSince = figures.IdleSince is { } since
            ? DateTimeOffset.FromUnixTimeMilliseconds(since).ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture)
            : null,
        MessageStats = figures.Messages,
        MessagesRam = figures.ReadyInMemory + figures.Unacked,
        MessagesReadyRam = figures.ReadyInMemory,
        MessagesUnacknowledgedRam = figures.Unacked,
        DiskReads = figures.StoreReads,
        DiskWrites = figures.StoreWrites,
        HeadMessageTimestamp = figures.HeadTimestamp,
    };
}

/// <summary>How much is shown of a queue.</summary>
internal enum QueueDetail
{
    /// <summary>What was declared.</summary>
    Definitions,
    /// <summary>And how many messages there are.</summary>
    Totals,
    /// <summary>And what it does.</summary>
    Statistics,
}
