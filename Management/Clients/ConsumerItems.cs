using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Clients;

/// <summary>Makes what is listed of consumers. Where a queue gives messages to one alone, it is asked which.</summary>
internal sealed class ConsumerItems(IClusterActivity activity, ITopology topology)
{
    private const string SingleActiveConsumer = "x-single-active-consumer";

    /// <summary>The consumers of channels, in their order; of one queue alone where it is named.</summary>
    public async Task<IReadOnlyList<ConsumerItem>> OfAsync(IEnumerable<ChannelFigures> channels, QueueId? queue, CancellationToken cancellationToken)
    {
        var consumers = channels.SelectMany(
            channel => channel.Consumers.Where(consumer => queue is null || consumer.Queue == queue).Select(consumer => (Channel: channel, Consumer: consumer)))
            .ToList();
        var active = await FindActiveAsync(consumers.Select(static one => one.Consumer.Queue).Distinct(), cancellationToken);
        return [.. consumers.Select(one => ItemOf(one.Channel, one.Consumer, active))];
    }

    /// <summary>Of those queues that give to one alone: to which. A queue of replies has no definition.</summary>
    private async Task<IReadOnlyDictionary<QueueId, ConsumerId?>> FindActiveAsync(IEnumerable<QueueId> queues, CancellationToken cancellationToken)
    {
        var choosing = new List<QueueDefinition>();
        foreach (var id in queues)
        {
            if (await topology.FindQueueAsync(id, cancellationToken) is { } queue && queue.Arguments[SingleActiveConsumer] is true)
            {
                choosing.Add(queue);
            }
        }

        var figures = choosing.Count == 0 ? [] : await activity.ReadQueuesAsync(choosing, cancellationToken);
        return figures.ToDictionary(static queue => queue.Id, static queue => queue.ActiveConsumer);
    }

    private static ConsumerItem ItemOf(ChannelFigures channel, ConsumerFigures consumer, IReadOnlyDictionary<QueueId, ConsumerId?> active)
    {
        var item = ConsumerItem.Of(channel, consumer);
        if (!active.TryGetValue(consumer.Queue, out var chosen))
        {
            return item;
        }

        var isActive = chosen == new ConsumerId(channel.Connection.Id, consumer.Number);
        return item with { Active = isActive, ActivityStatus = isActive ? ConsumerItem.SingleActive : ConsumerItem.Waiting };
    }
}
