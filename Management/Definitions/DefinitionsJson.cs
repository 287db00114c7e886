using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.VirtualHosts;

namespace OrleansBroker.Management.Definitions;

/// <summary>A virtual host in definitions.</summary>
internal sealed record VirtualHostDefinitionItem(
    string Name, string Description, IReadOnlyList<string> Tags, string? DefaultQueueType, VirtualHostMetadata Metadata, bool? Tracing)
{
    public static VirtualHostDefinitionItem Of(VirtualHostDefinition host) => new(
        host.Name, host.Description, host.Tags, host.DefaultQueueType, VirtualHostMetadata.Of(host), host.IsTraced ? true : null);
}

/// <summary>A queue in definitions; without a virtual host in those of one.</summary>
internal sealed record QueueItem(
    string Name,
    [property: JsonPropertyName("vhost")] string? VirtualHost,
    bool Durable,
    bool AutoDelete,
    [property: JsonConverter(typeof(FieldTableJson))] FieldTable Arguments)
{
    public static QueueItem Of(QueueDefinition queue, bool named) =>
        new(queue.Id.Name, named ? queue.Id.VirtualHost : null, queue.Durable, queue.AutoDelete, queue.Arguments);
}

/// <summary>An exchange in definitions.</summary>
internal sealed record ExchangeItem(
    string Name,
    [property: JsonPropertyName("vhost")] string? VirtualHost,
    string Type,
    bool Durable,
    bool AutoDelete,
    bool Internal,
    [property: JsonConverter(typeof(FieldTableJson))] FieldTable Arguments)
{
    public static ExchangeItem Of(ExchangeDefinition exchange, bool named) => new(
        exchange.Id.Name, named ? exchange.Id.VirtualHost : null, exchange.Type, exchange.Durable, exchange.AutoDelete, exchange.Internal, exchange.Arguments);
}

/// <summary>A binding in definitions.</summary>
internal sealed record BindingItem(
    string Source,
    [property: JsonPropertyName("vhost")] string? VirtualHost,
    string Destination,
    string DestinationType,
    string RoutingKey,
    [property: JsonConverter(typeof(FieldTableJson))] FieldTable Arguments)
{
    public static BindingItem Of(BindingDefinition binding, bool named) => new(
        binding.Source.Name,
        named ? binding.Source.VirtualHost : null,
        binding.Destination.Name,
        binding.Destination.Kind == DestinationKind.Queue ? "queue" : "exchange",
        binding.RoutingKey,
        binding.Arguments);
}

/// <summary>What definitions have in bulk.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VirtualHostDefinitionItem))]
[JsonSerializable(typeof(QueueItem))]
[JsonSerializable(typeof(ExchangeItem))]
[JsonSerializable(typeof(BindingItem))]
internal sealed partial class DefinitionsJson : JsonSerializerContext;
