using System.Text.Json.Serialization;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.VirtualHosts;

/// <summary>A virtual host as RabbitMQ's API shows one.</summary>
internal sealed record VirtualHostItem(
    string Name,
    string Description,
    IReadOnlyList<string> Tags,
    string DefaultQueueType,
    bool ProtectedFromDeletion,
    VirtualHostMetadata Metadata,
    bool Tracing)
{
    public static VirtualHostItem Of(VirtualHostDefinition host) => new(
        host.Name, host.Description, host.Tags, host.DefaultQueueType ?? "classic", host.IsProtected, VirtualHostMetadata.Of(host), host.IsTraced);
}

/// <summary>What is said of a virtual host.</summary>
internal sealed record VirtualHostMetadata(string Description, IReadOnlyList<string> Tags, string? DefaultQueueType, bool? ProtectedFromDeletion)
{
    public static VirtualHostMetadata Of(VirtualHostDefinition host) =>
        new(host.Description, host.Tags, host.DefaultQueueType, host.IsProtected ? true : null);
}

/// <summary>A virtual host's limits.</summary>
internal sealed record VirtualHostLimitItem([property: JsonPropertyName("vhost")] string VirtualHost, IReadOnlyDictionary<string, long> Value);

/// <summary>What the endpoints of virtual hosts write.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VirtualHostItem))]
[JsonSerializable(typeof(VirtualHostLimitItem))]
internal sealed partial class VirtualHostJson : JsonSerializerContext;
