using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Management.Clients;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Queues;

/// <summary>A queue as it is listed. What RabbitMQ shows as null is null here, for there are tools that ask for the member.</summary>
internal sealed record QueueItem
{
    public required string Name { get; init; }
    [JsonPropertyName("vhost")]
    public required string VirtualHost { get; init; }
    public required string Type { get; init; }
    public bool Durable { get; init; }
    public bool AutoDelete { get; init; }
    public bool Exclusive { get; init; }
    public FieldTable Arguments { get; init; } = FieldTable.Empty;
    public string? Node { get; init; }
    public string? State { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Policy { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? OperatorPolicy { get; init; }
    public IReadOnlyDictionary<string, JsonElement> EffectivePolicyDefinition { get; init; } = EffectivePolicy.None.Definition;
    public long? Messages { get; init; }
    public RateItem? MessagesDetails { get; init; }
    public long? MessagesReady { get; init; }
    public RateItem? MessagesReadyDetails { get; init; }
    public long? MessagesUnacknowledged { get; init; }
    public RateItem? MessagesUnacknowledgedDetails { get; init; }
    public long? MessageBytesReady { get; init; }
    public int? Consumers { get; init; }
    public string? IdleSince { get; init; }
    public MessageFigures? MessageStats { get; init; }
    // Null for one without a single active consumer's rule, and while there is none.
    public string? SingleActiveConsumerTag { get; init; }
    public IReadOnlyList<ConsumerItem>? ConsumerDetails { get; init; }
    public OwnerItem? OwnerPidDetails { get; init; }
    public long? MessagesRam { get; init; }
    public long? MessagesReadyRam { get; init; }
    public long? MessagesUnacknowledgedRam { get; init; }
    public long? DiskReads { get; init; }
    public long? DiskWrites { get; init; }
    public long? HeadMessageTimestamp { get; init; }
    public IReadOnlyList<RouteItem>? Incoming { get; init; }
    public IReadOnlyList<DeliveryItem>? Deliveries { get; init; }
}

/// <summary>The connection that an exclusive queue belongs to.</summary>
internal sealed record OwnerItem(string Name, string PeerHost, int PeerPort);

/// <summary>A queue that is to be declared.</summary>
internal sealed record QueueDeclaration
{
    [JsonConverter(typeof(LenientBoolean))]
    public bool Durable { get; init; }
    [JsonConverter(typeof(LenientBoolean))]
    public bool AutoDelete { get; init; }
    public FieldTable? Arguments { get; init; }
}

/// <summary>Something that is to be done with a queue.</summary>
internal sealed record QueueAction(string? Action);
