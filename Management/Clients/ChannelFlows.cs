using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Clients;

/// <summary>What flows between channels, exchanges and queues, as details of each of them.</summary>
internal static class ChannelFlows
{
    /// <summary>What channels published to the exchange.</summary>
    public static IReadOnlyList<RouteItem> IntoExchange(IEnumerable<ChannelFigures> channels, ExchangeId exchange) =>
    [
        .. from channel in channels
           where channel.Connection.VirtualHost == exchange.VirtualHost
           from published in channel.Published
           where published.Exchange == exchange.Name
           select new RouteItem(RouteStatsItem.Of(published.Count), ChannelDetails: ChannelDetailsItem.Of(channel)),
    ];

    /// <summary>What the channel published, by exchange.</summary>
    public static IReadOnlyList<RouteItem> PublishedBy(ChannelFigures channel) =>
    [
        .. from published in channel.Published
           select new RouteItem(RouteStatsItem.Of(published.Count), Exchange: new(published.Exchange, channel.Connection.VirtualHost)),
    ];

    /// <summary>What consumers of channels were sent from the queue, by channel.</summary>
    public static IReadOnlyList<DeliveryItem> FromQueue(IEnumerable<ChannelFigures> channels, QueueId queue) =>
    [
        .. from channel in channels
           let consumers = channel.Consumers.Where(consumer => consumer.Queue == queue && consumer.Delivered.Total > 0).ToList()
           where consumers.Count > 0
           select new DeliveryItem(Sum(consumers), ChannelDetails: ChannelDetailsItem.Of(channel)),
    ];

    /// <summary>What the channel's consumers were sent, by queue.</summary>
    public static IReadOnlyList<DeliveryItem> DeliveredTo(ChannelFigures channel) =>
    [
        .. from consumer in channel.Consumers
           where consumer.Delivered.Total > 0
           group consumer by consumer.Queue into queue
           select new DeliveryItem(Sum(queue), Queue: new(queue.Key.Name, queue.Key.VirtualHost)),
    ];

    private static DeliveryStatsItem Sum(IEnumerable<ConsumerFigures> consumers)
    {
        var (settled, unsettled) = (default(RatedCount), default(RatedCount));
        foreach (var consumer in consumers)
        {
            (settled, unsettled) = consumer.NoAck ? (settled, unsettled + consumer.Delivered) : (settled + consumer.Delivered, unsettled);
        }

        return DeliveryStatsItem.Of(settled, unsettled);
    }
}

/// <summary>What a channel's consumers were sent of a queue: the channel where the queue is shown, and the other way round.</summary>
internal sealed record DeliveryItem(DeliveryStatsItem Stats, ChannelDetailsItem? ChannelDetails = null, EntityNameItem? Queue = null);

/// <summary>How much that was.</summary>
internal sealed record DeliveryStatsItem(
    long Deliver, RateItem DeliverDetails, long DeliverNoAck, RateItem DeliverNoAckDetails, long DeliverGet, RateItem DeliverGetDetails)
{
    public static DeliveryStatsItem Of(RatedCount settled, RatedCount unsettled) => new(
        settled.Total, RateItem.Of(settled.Rate), unsettled.Total, RateItem.Of(unsettled.Rate),
        settled.Total + unsettled.Total, RateItem.Of(settled.Rate + unsettled.Rate));
}
