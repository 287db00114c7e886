using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansBroker.Management.Parameters;

/// <summary>A policy as the value of a parameter.</summary>
internal sealed record PolicyValue(string Pattern, JsonElement Definition, long Priority, [property: JsonPropertyName("apply-to")] string ApplyTo);

/// <summary>What is shown as parameters.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PolicyValue))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, long>))]
internal sealed partial class KnownComponentsJson : JsonSerializerContext;
