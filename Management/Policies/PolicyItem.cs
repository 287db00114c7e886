using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Policies;

/// <summary>A policy as RabbitMQ's API shows one.</summary>
internal sealed record PolicyItem(
    [property: JsonPropertyName("vhost")] string VirtualHost,
    string Name,
    string Pattern,
    [property: JsonPropertyName("apply-to")] string ApplyTo,
    JsonElement Definition,
    long Priority)
{
    public static PolicyItem Of(Policy policy) =>
        new(policy.VirtualHost, policy.Name, policy.Pattern, policy.ApplyTo, policy.Definition, policy.Priority);
}

/// <summary>Policies as requests and definitions say them.</summary>
internal static class PolicyBodies
{
    public static Policy Of(PolicyKind kind, string virtualHost, string name, JsonBody body)
    {
        body.Require("pattern", "definition");
        return new Policy
        {
            Kind = kind,
            VirtualHost = virtualHost,
            Name = name,
            Pattern = body.Text("pattern")!,
            ApplyTo = body.Text("apply-to") ?? "all",
            Priority = body.Find("priority") is { } priority ? Priority(priority) : 0,
            Definition = body.Find("definition")!.Value,
        };
    }

    private static long Priority(JsonElement priority) => priority.ValueKind == JsonValueKind.Number && priority.TryGetDouble(out var number)
        ? (long)number
        : throw ApiException.BadRequest(
            $"Validation failed\n\npriority should be a number, actually was {(priority.ValueKind == JsonValueKind.String ? $"<<\"{priority.GetString()}\">>" : priority.GetRawText())}\n");
}

/// <summary>What the endpoints of policies write.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PolicyItem))]
internal sealed partial class PolicyJson : JsonSerializerContext;
