using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansBroker.Management.Json;

/// <summary>Bodies without a type of their own.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class JsonBodies : JsonSerializerContext;
