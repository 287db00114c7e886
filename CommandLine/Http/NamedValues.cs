using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Http;

/// <summary>
/// Arguments and headers as they are written on a command line: <c>name=value</c>. A value that reads as a JSON number, boolean, list,
/// object or quoted text is that; any other is a text.
/// </summary>
internal static class NamedValues
{
    public static JsonObject Parse(IEnumerable<string>? pairs)
    {
        var values = new JsonObject();
        foreach (var pair in pairs ?? [])
        {
            var (name, text) = Split(pair);
            values[name] = Value(text);
        }

        return values;
    }

    /// <summary>A JSON object that a user wrote.</summary>
    public static JsonObject ParseObject(string text, string what)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw CommandFailure.Usage($"The {what} has to be a JSON object, as in {{\"name\": 1}}.");
        }
        catch (JsonException exception)
        {
            throw CommandFailure.Usage($"The {what} is no JSON: {exception.Message}");
        }
    }

    private static (string Name, string Text) Split(string pair)
    {
        var at = pair.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (pair[..at], pair[(at + 1)..]) : throw CommandFailure.Usage($"'{pair}' has to be name=value.");
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text) switch
            {
                null => JsonValue.Create(text),
                var value => value,
            };
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
