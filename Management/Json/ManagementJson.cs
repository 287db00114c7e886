using System.Text.Json.Serialization;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Overview;

namespace OrleansBroker.Management.Json;

/// <summary>What the API reads and writes. An area of its own has a context of its own with the same options.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiFailure))]
[JsonSerializable(typeof(WhoAmI))]
internal sealed partial class ManagementJson : JsonSerializerContext;
