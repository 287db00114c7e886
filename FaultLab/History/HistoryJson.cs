using System.Text.Json.Serialization;

namespace OrleansBroker.FaultLab.History;

/// <summary>An event as a line of a history's file: short names, and no defaults, as there are millions.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HistoryEvent))]
internal sealed partial class HistoryJson : JsonSerializerContext;
