using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>A connection of a client.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ConnectionFigures")]
public sealed record ConnectionFigures
{
    /// <summary>Its id.</summary>
    [Id(0)] public required Guid Id { get; init; }
    /// <summary>The silo that hosts it.</summary>
    [Id(1)] public required string Silo { get; init; }
    /// <summary>Its name: <c>127.0.0.1:52000 -> 127.0.0.1:5672</c>.</summary>
    [Id(2)] public required string Name { get; init; }
    /// <summary>The user.</summary>
    [Id(3)] public required string User { get; init; }
    /// <summary>The virtual host.</summary>
    [Id(4)] public required string VirtualHost { get; init; }
    /// <summary>The client's address and port.</summary>
    [Id(5)] public required PeerAddress Peer { get; init; }
    /// <summary>The address and port that it came to.</summary>
    [Id(6)] public required PeerAddress Local { get; init; }
    /// <summary>What the client said of itself.</summary>
    [Id(7)] public FieldTable Properties { get; init; } = FieldTable.Empty;
    /// <summary>How many channels it has.</summary>
    [Id(8)] public int Channels { get; init; }
    /// <summary>Most channels, as agreed.</summary>
    [Id(9)] public int ChannelMax { get; init; }
    /// <summary>Largest frame, as agreed.</summary>
    [Id(10)] public int FrameMax { get; init; }
    /// <summary>Seconds between heartbeats, as agreed.</summary>
    [Id(11)] public int Heartbeat { get; init; }
    /// <summary>When it was opened, in Unix milliseconds.</summary>
    [Id(12)] public long ConnectedAt { get; init; }
    /// <summary>Octets that came.</summary>
    [Id(13)] public long Received { get; init; }
    /// <summary>Octets that were sent.</summary>
    [Id(14)] public long Sent { get; init; }
    /// <summary>Octets that came, a second.</summary>
    [Id(15)] public double ReceivedRate { get; init; }
    /// <summary>Octets that were sent, a second.</summary>
    [Id(16)] public double SentRate { get; init; }
    /// <summary>Octets that wait for the client.</summary>
    [Id(17)] public long Pending { get; init; }
    /// <summary>How the client logged in: <c>PLAIN</c>.</summary>
    [Id(18)] public string Mechanism { get; init; } = "";
    /// <summary>The version of TLS, and null without.</summary>
    [Id(19)] public string? Tls { get; init; }
    /// <summary>Whether an alarm holds it back.</summary>
    [Id(20)] public bool IsBlocked { get; init; }
}

/// <summary>An address and port.</summary>
/// <param name="Host">The address.</param>
/// <param name="Port">The port.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.PeerAddress")]
public readonly record struct PeerAddress([property: Id(0)] string Host, [property: Id(1)] int Port);

/// <summary>A channel of a connection.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ChannelFigures")]
public sealed record ChannelFigures
{
    /// <summary>Its connection.</summary>
    [Id(0)] public required ConnectionFigures Connection { get; init; }
    /// <summary>Its number.</summary>
    [Id(1)] public required int Number { get; init; }
    /// <summary>Whether it confirms.</summary>
    [Id(2)] public bool Confirms { get; init; }
    /// <summary>Whether it is transactional.</summary>
    [Id(3)] public bool IsTransactional { get; init; }
    /// <summary>Deliveries that are not settled.</summary>
    [Id(4)] public long Unacked { get; init; }
    /// <summary>Messages that are not confirmed.</summary>
    [Id(5)] public long Unconfirmed { get; init; }
    /// <summary>Prefetch of each later consumer; 0 for no limit.</summary>
    [Id(6)] public int Prefetch { get; init; }
    /// <summary>Prefetch that all consumers share; 0 for no limit.</summary>
    [Id(7)] public int SharedPrefetch { get; init; }
    /// <summary>Its consumers.</summary>
    [Id(8)] public ConsumerFigures[] Consumers { get; init; } = [];
    /// <summary>What it did; null for nothing.</summary>
    [Id(9)] public MessageFigures? Messages { get; init; }
    /// <summary>What it published, by exchange.</summary>
    [Id(10)] public PublishedFigures[] Published { get; init; } = [];
}

/// <summary>What a channel published to one exchange.</summary>
/// <param name="Exchange">The exchange's name.</param>
/// <param name="Count">Messages.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.PublishedFigures")]
public readonly record struct PublishedFigures([property: Id(0)] string Exchange, [property: Id(1)] RatedCount Count);

/// <summary>A consumer of a channel.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ConsumerFigures")]
public sealed record ConsumerFigures
{
    /// <summary>Its tag.</summary>
    [Id(0)] public required string Tag { get; init; }
    /// <summary>The queue.</summary>
    [Id(1)] public required QueueId Queue { get; init; }
    /// <summary>Whether its deliveries are settled by being sent.</summary>
    [Id(2)] public bool NoAck { get; init; }
    /// <summary>Whether it is the only one.</summary>
    [Id(3)] public bool Exclusive { get; init; }
    /// <summary>Its prefetch; 0 for no limit.</summary>
    [Id(4)] public int Prefetch { get; init; }
    /// <summary>The arguments of its consume.</summary>
    [Id(5)] public FieldTable Arguments { get; init; } = FieldTable.Empty;
    /// <summary>The number by which the queue knows it among those of its connection; 0 before it is attached.</summary>
    [Id(6)] public long Number { get; init; }
    /// <summary>How many messages it was sent.</summary>
    [Id(7)] public RatedCount Delivered { get; init; }
}
