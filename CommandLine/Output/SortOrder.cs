using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansBroker.CommandLine.Output;

/// <summary>The order of a column: nothing, then numbers by their value, then texts.</summary>
internal sealed class SortOrder : IComparer<JsonNode?>
{
    public static SortOrder Instance { get; } = new();

    public int Compare(JsonNode? x, JsonNode? y) => (Number(x), Number(y)) switch
    {
        ({ } left, { } right) => left.CompareTo(right),
        ({ }, null) => y is null ? 1 : -1,
        (null, { }) => x is null ? -1 : 1,
        _ => string.CompareOrdinal(x is null ? null : Cells.Text(x), y is null ? null : Cells.Text(y)),
    };

    private static double? Number(JsonNode? value) =>
        value is JsonValue && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<JsonElement>().GetDouble() : null;
}
