using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Management.Clients;
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
    public FieldTable EffectivePolicyDefinition { get; init; } = FieldTable.Empty;
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
    public IReadOnlyList<ConsumerItem>? ConsumerDetails { get; init; }
    public OwnerItem? OwnerPidDetails { get; init; }
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
