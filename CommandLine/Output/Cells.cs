using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansBroker.CommandLine.Output;

/// <summary>A value of the API as the text of a table's cell.</summary>
internal static class Cells
{
    /// <summary>The value at a path of names with dots between them; null where there is none.</summary>
    public static JsonNode? At(JsonNode? item, string path)
    {
        // A name may itself have dots, as an argument's does.
        if (item is JsonObject all && all.TryGetPropertyValue(path, out var whole))
        {
            return whole;
        }

        foreach (var name in path.Split('.'))
        {
            item = (item as JsonObject)?[name];
        }

        return item;
    }

    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray { Count: > 0 } list when list.All(item => item is JsonValue) => string.Join(", ", list.Select(Text)),
        JsonArray or JsonObject { Count: 0 } => "",
        JsonValue when value.GetValueKind() == JsonValueKind.String => PlainText.OneLine(value.GetValue<string>()),
        _ => PlainText.OneLine(value.ToJsonString(Report.Compact)),
    };
}
