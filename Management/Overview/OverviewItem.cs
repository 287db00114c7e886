using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Overview;

/// <summary>The cluster at a glance.</summary>
internal sealed record OverviewItem
{
    public required string ManagementVersion { get; init; }
    public required string RabbitmqVersion { get; init; }
    public required string ProductName { get; init; }
    public required string ProductVersion { get; init; }
    public required string ClusterName { get; init; }
    public required string Node { get; init; }
    public string RatesMode { get; } = "basic";
    public bool DisableStats { get; init; }
    public bool EnableQueueTotals { get; init; }
    public IReadOnlyList<NamedItem> ExchangeTypes { get; } = NamedItem.ExchangeTypes;
    public MessageFigures? MessageStats { get; init; }
    public ChurnItem? ChurnRates { get; init; }
    public QueueTotalsItem? QueueTotals { get; init; }
    public ObjectTotalsItem? ObjectTotals { get; init; }
    public int StatisticsDbEventQueue { get; init; }
    public IReadOnlyList<ListenerItem> Listeners { get; init; } = [];
    public IReadOnlyList<ContextItem> Contexts { get; init; } = [];
}

/// <summary>Something with a name that is there.</summary>
internal sealed record NamedItem(string Name, string Description, bool Enabled = true)
{
    public static IReadOnlyList<NamedItem> ExchangeTypes { get; } =
    [
        new("direct", "AMQP direct exchange, as per the AMQP specification"),
        new("fanout", "AMQP fanout exchange, as per the AMQP specification"),
        new("headers", "AMQP headers exchange, as per the AMQP specification"),
        new("topic", "AMQP topic exchange, as per the AMQP specification"),
        new("x-consistent-hash", "Consistent Hashing Exchange"),
        new("x-delayed-message", "Delayed Message Exchange"),
    ];

    public static IReadOnlyList<NamedItem> Mechanisms { get; } =
    [
        new("PLAIN", "SASL PLAIN authentication mechanism"),
        new("AMQPLAIN", "QPid AMQPLAIN mechanism"),
    ];
}

/// <summary>What came and went.</summary>
internal sealed record ChurnItem
{
    public long ConnectionCreated { get; init; }
    public RateItem ConnectionCreatedDetails { get; init; } = RateItem.None;
    public long ConnectionClosed { get; init; }
    public RateItem ConnectionClosedDetails { get; init; } = RateItem.None;
    public long ChannelCreated { get; init; }
    public RateItem ChannelCreatedDetails { get; init; } = RateItem.None;
    public long ChannelClosed { get; init; }
    public RateItem ChannelClosedDetails { get; init; } = RateItem.None;
    public long QueueCreated { get; init; }
    public RateItem QueueCreatedDetails { get; init; } = RateItem.None;
    public long QueueDeclared { get; init; }
    public RateItem QueueDeclaredDetails { get; init; } = RateItem.None;
    public long QueueDeleted { get; init; }
    public RateItem QueueDeletedDetails { get; init; } = RateItem.None;
}

/// <summary>Messages in all queues.</summary>
internal sealed record QueueTotalsItem
{
    public required long Messages { get; init; }
    public required RateItem MessagesDetails { get; init; }
    public required long MessagesReady { get; init; }
    public required RateItem MessagesReadyDetails { get; init; }
    public required long MessagesUnacknowledged { get; init; }
    public required RateItem MessagesUnacknowledgedDetails { get; init; }
}

/// <summary>How much there is of everything.</summary>
internal sealed record ObjectTotalsItem(long Channels, long Connections, long Consumers, long Exchanges, long Queues);

/// <summary>A port that is listened on.</summary>
internal sealed record ListenerItem(string Node, string Protocol, string IpAddress, int Port);

/// <summary>A part of the HTTP port.</summary>
internal sealed record ContextItem(string Node, string Description, string Path, string Ip, string Port);

/// <summary>The cluster's name.</summary>
internal sealed record ClusterNameItem(string Name);

/// <summary>A feature flag.</summary>
internal sealed record FeatureFlagItem(string Name, string Desc, string DocUrl = "", string State = "enabled", string Stability = "stable", string ProvidedBy = "rabbit");

/// <summary>How one logs in.</summary>
internal sealed record AuthItem(bool OauthEnabled = false);
