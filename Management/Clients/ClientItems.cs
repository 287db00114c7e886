using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Clients;

/// <summary>A connection as it is listed.</summary>
internal sealed record ConnectionItem
{
    public required string Name { get; init; }
    public required string Node { get; init; }
    public required string User { get; init; }
    public string UserWhoPerformedAction => User;
    [JsonPropertyName("vhost")]
    public required string VirtualHost { get; init; }
    public required string Host { get; init; }
    public required int Port { get; init; }
    public required string PeerHost { get; init; }
    public required int PeerPort { get; init; }
    public string Protocol { get; } = "AMQP 0-9-1";
    public string Type { get; } = "network";
    public required string State { get; init; }
    public required string AuthMechanism { get; init; }
    public bool Ssl { get; init; }
    public string? SslProtocol { get; init; }
    public int Channels { get; init; }
    public int ChannelMax { get; init; }
    public int FrameMax { get; init; }
    public int Timeout { get; init; }
    public long ConnectedAt { get; init; }
    public long RecvOct { get; init; }
    public RateItem RecvOctDetails { get; init; } = RateItem.None;
    public long SendOct { get; init; }
    public RateItem SendOctDetails { get; init; } = RateItem.None;
    public long SendPend { get; init; }
    public FieldTable ClientProperties { get; init; } = FieldTable.Empty;
    public string? UserProvidedName { get; init; }

    public static ConnectionItem Of(ConnectionFigures connection) => new()
    {
        Name = connection.Name,
        Node = connection.Silo,
        User = connection.User,
        VirtualHost = connection.VirtualHost,
        Host = connection.Local.Host,
        Port = connection.Local.Port,
        PeerHost = connection.Peer.Host,
        PeerPort = connection.Peer.Port,
        State = connection.IsBlocked ? "blocked" : "running",
        AuthMechanism = connection.Mechanism,
        Ssl = connection.Tls is not null,
        SslProtocol = connection.Tls,
        Channels = connection.Channels,
        ChannelMax = connection.ChannelMax,
        FrameMax = connection.FrameMax,
        Timeout = connection.Heartbeat,
        ConnectedAt = connection.ConnectedAt,
        RecvOct = connection.Received,
        RecvOctDetails = RateItem.Of(connection.ReceivedRate),
        SendOct = connection.Sent,
        SendOctDetails = RateItem.Of(connection.SentRate),
        SendPend = connection.Pending,
        ClientProperties = connection.Properties,
        UserProvidedName = connection.Properties["connection_name"] as string,
    };
}

/// <summary>The connection of a channel.</summary>
internal sealed record ConnectionDetailsItem(string Name, string PeerHost, int PeerPort)
{
    public static ConnectionDetailsItem Of(ConnectionFigures connection) => new(connection.Name, connection.Peer.Host, connection.Peer.Port);
}

/// <summary>A channel as it is listed.</summary>
internal sealed record ChannelItem
{
    public required string Name { get; init; }
    public required int Number { get; init; }
    public required string Node { get; init; }
    public required string User { get; init; }
    public string UserWhoPerformedAction => User;
    [JsonPropertyName("vhost")]
    public required string VirtualHost { get; init; }
    public string State { get; } = "running";
    public required ConnectionDetailsItem ConnectionDetails { get; init; }
    public bool Confirm { get; init; }
    public bool Transactional { get; init; }
    public int ConsumerCount { get; init; }
    public int PrefetchCount { get; init; }
    public int GlobalPrefetchCount { get; init; }
    public long MessagesUnacknowledged { get; init; }
    public long MessagesUnconfirmed { get; init; }
    public MessageFigures? MessageStats { get; init; }
    public IReadOnlyList<ConsumerItem>? ConsumerDetails { get; init; }
    public IReadOnlyList<RouteItem>? Publishes { get; init; }
    public IReadOnlyList<DeliveryItem>? Deliveries { get; init; }

    public static ChannelItem Of(ChannelFigures channel) => new()
    {
        Name = NameOf(channel),
        Number = channel.Number,
        Node = channel.Connection.Silo,
        User = channel.Connection.User,
        VirtualHost = channel.Connection.VirtualHost,
        ConnectionDetails = ConnectionDetailsItem.Of(channel.Connection),
        Confirm = channel.Confirms,
        Transactional = channel.IsTransactional,
        ConsumerCount = channel.Consumers.Length,
        PrefetchCount = channel.Prefetch,
        GlobalPrefetchCount = channel.SharedPrefetch,
        MessagesUnacknowledged = channel.Unacked,
        MessagesUnconfirmed = channel.Unconfirmed,
        MessageStats = channel.Messages,
    };

    public static string NameOf(ChannelFigures channel) => $"{channel.Connection.Name} ({channel.Number})";
}

/// <summary>A consumer as it is listed.</summary>
internal sealed record ConsumerItem
{
    public const string SingleActive = "single_active";
    public const string Waiting = "waiting";

    public required string ConsumerTag { get; init; }
    public required QueueNameItem Queue { get; init; }
    public required ChannelDetailsItem ChannelDetails { get; init; }
    public bool AckRequired { get; init; }
    public bool Exclusive { get; init; }
    public bool Active { get; init; } = true;
    public string ActivityStatus { get; init; } = "up";
    public int PrefetchCount { get; init; }
    public FieldTable Arguments { get; init; } = FieldTable.Empty;

    public static ConsumerItem Of(ChannelFigures channel, ConsumerFigures consumer) => new()
    {
        ConsumerTag = consumer.Tag,
        Queue = new QueueNameItem(consumer.Queue.Name, consumer.Queue.VirtualHost),
        ChannelDetails = ChannelDetailsItem.Of(channel),
        AckRequired = !consumer.NoAck,
        Exclusive = consumer.Exclusive,
        PrefetchCount = consumer.Prefetch,
        Arguments = consumer.Arguments,
    };
}

/// <summary>The queue of a consumer.</summary>
internal sealed record QueueNameItem(string Name, [property: JsonPropertyName("vhost")] string VirtualHost);

/// <summary>The channel of a consumer.</summary>
internal sealed record ChannelDetailsItem
{
    public required string Name { get; init; }
    public required int Number { get; init; }
    public required string User { get; init; }
    public required string Node { get; init; }
    public required string ConnectionName { get; init; }
    public required string PeerHost { get; init; }
    public required int PeerPort { get; init; }

    public static ChannelDetailsItem Of(ChannelFigures channel) => new()
    {
        Name = ChannelItem.NameOf(channel),
        Number = channel.Number,
        User = channel.Connection.User,
        Node = channel.Connection.Silo,
        ConnectionName = channel.Connection.Name,
        PeerHost = channel.Connection.Peer.Host,
        PeerPort = channel.Connection.Peer.Port,
    };
}
