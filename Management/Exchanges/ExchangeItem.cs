using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Clients;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Exchanges;

/// <summary>An exchange as it is listed.</summary>
internal sealed record ExchangeItem
{
    public required string Name { get; init; }
    [JsonPropertyName("vhost")]
    public required string VirtualHost { get; init; }
    public required string Type { get; init; }
    public bool Durable { get; init; }
    public bool AutoDelete { get; init; }
    public bool Internal { get; init; }
    public FieldTable Arguments { get; init; } = FieldTable.Empty;
    public string? Policy { get; init; }
    public string UserWhoPerformedAction { get; init; } = "";
    public ExchangeStatsItem? MessageStats { get; init; }
    public IReadOnlyList<RouteItem>? Incoming { get; init; }
    public IReadOnlyList<RouteItem>? Outgoing { get; init; }

    public static ExchangeItem Of(ExchangeDefinition exchange, EffectivePolicy policy, ExchangeFigures? figures) => new()
    {
        Name = exchange.Id.Name,
        VirtualHost = exchange.Id.VirtualHost,
        Type = exchange.Type,
        Durable = exchange.Durable,
        AutoDelete = exchange.AutoDelete,
        Internal = exchange.Internal,
        Arguments = exchange.Arguments,
        Policy = policy.Policy,
        MessageStats = figures is null ? null : ExchangeStatsItem.Of(figures),
    };
}

/// <summary>What an exchange routed, as <c>message_stats</c>.</summary>
internal sealed record ExchangeStatsItem(long PublishIn, RateItem PublishInDetails, long PublishOut, RateItem PublishOutDetails)
{
    public static ExchangeStatsItem Of(ExchangeFigures figures) => new(
        figures.In.Total, RateItem.Of(figures.In.Rate), figures.Out.Total, RateItem.Of(figures.Out.Rate));
}

/// <summary>What was published to an exchange, or reached a queue by one: from or to what else than what is shown.</summary>
internal sealed record RouteItem(RouteStatsItem Stats, EntityNameItem? Exchange = null, EntityNameItem? Queue = null, ChannelDetailsItem? ChannelDetails = null)
{
    public static RouteItem To(RouteFigures route) => new(RouteStatsItem.Of(route.Count), Queue: new EntityNameItem(route.Queue, route.Exchange.VirtualHost));

    public static RouteItem From(RouteFigures route) => new(RouteStatsItem.Of(route.Count), Exchange: new EntityNameItem(route.Exchange.Name, route.Exchange.VirtualHost));
}

/// <summary>How much that was.</summary>
internal sealed record RouteStatsItem(long Publish, RateItem PublishDetails)
{
    public static RouteStatsItem Of(RatedCount count) => new(count.Total, RateItem.Of(count.Rate));
}

/// <summary>An exchange or queue by name.</summary>
internal sealed record EntityNameItem(string Name, [property: JsonPropertyName("vhost")] string VirtualHost);

/// <summary>An exchange that is to be declared.</summary>
internal sealed record ExchangeDeclaration
{
    public string Type { get; init; } = "direct";
    [JsonConverter(typeof(LenientBoolean))]
    public bool Durable { get; init; }
    [JsonConverter(typeof(LenientBoolean))]
    public bool AutoDelete { get; init; }
    [JsonConverter(typeof(LenientBoolean))]
    public bool Internal { get; init; }
    public FieldTable? Arguments { get; init; }
}

/// <summary>A message that is to be published.</summary>
internal sealed record Publication
{
    public PropertiesItem? Properties { get; init; }
    public string? RoutingKey { get; init; }
    public string? Payload { get; init; }
    public string? PayloadEncoding { get; init; }
}

/// <summary>What became of it.</summary>
internal sealed record PublicationOutcome(bool Routed);

/// <summary>A message's properties; those that it has not are left out.</summary>
internal sealed record PropertiesItem
{
    public string? ContentType { get; init; }
    public string? ContentEncoding { get; init; }
    public FieldTable? Headers { get; init; }
    public byte? DeliveryMode { get; init; }
    public byte? Priority { get; init; }
    public string? CorrelationId { get; init; }
    public string? ReplyTo { get; init; }
    public string? Expiration { get; init; }
    public string? MessageId { get; init; }
    public long? Timestamp { get; init; }
    public string? Type { get; init; }
    public string? UserId { get; init; }
    public string? AppId { get; init; }
    public string? ClusterId { get; init; }
}
