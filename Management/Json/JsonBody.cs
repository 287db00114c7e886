using System.Text.Json;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Json;

/// <summary>A request's body whose members decide what is meant, refused in RabbitMQ's words.</summary>
internal readonly struct JsonBody(JsonElement root)
{
    public JsonElement Root => root;

    /// <summary>Reads the body.</summary>
    /// <exception cref="ApiException">It is no JSON object (400).</exception>
    public static async Task<JsonBody> ReadAsync(ApiRequest request) => new(await request.ReadAsync(JsonBodies.Default.JsonElement));

    /// <summary>Refuses a body that lacks any of these, and names them.</summary>
    public void Require(params ReadOnlySpan<string> names)
    {
        var missing = new List<string>();
        foreach (var name in names)
        {
            if (Find(name) is null)
            {
                missing.Add($"{{key_missing,{name}}}");
            }
        }

        if (missing.Count > 0)
        {
            throw ApiException.BadRequest($"[{string.Join(',', missing)}]");
        }
    }

    /// <summary>The member; null where it is missing or null.</summary>
    public JsonElement? Find(string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    /// <summary>A text; null where it is missing.</summary>
    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw ApiException.BadRequest($"{name} should be text"),
    };

    /// <summary>A text that has to be there.</summary>
    public string RequiredText(string name)
    {
        Require(name);
        return Text(name)!;
    }

    /// <summary>A truth value, which may come as text; null where it is missing.</summary>
    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } text when text.GetString() is "true" or "false" => text.GetString() == "true",
        _ => throw ApiException.BadRequest($"{name} should be true or false"),
    };

    /// <summary>Words: a list of texts, or one text with commas; null where it is missing.</summary>
    public IReadOnlyList<string>? Words(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text =>
            text.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(word => word.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(word => word.GetString()!)],
        _ => throw ApiException.BadRequest($"{name} should be a list of texts"),
    };

    /// <summary>Whole numbers by name, which RabbitMQ writes as an empty list where there are none; null where it is missing.</summary>
    public IReadOnlyDictionary<string, long>? Numbers(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == 0 => new Dictionary<string, long>(),
        { ValueKind: JsonValueKind.Object } members => NumbersOf(members),
        _ => throw ApiException.BadRequest($"{name} should be an object"),
    };

    /// <summary>The members of an object, all whole numbers.</summary>
    public static IReadOnlyDictionary<string, long> NumbersOf(JsonElement members) =>
        members.EnumerateObject().ToDictionary(member => member.Name, member => Number(member.Name, member.Value), StringComparer.Ordinal);

    /// <summary>A whole number.</summary>
    public static long Number(string name, JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
        ? number
        : throw ApiException.BadRequest(
            $"Validation failed\n\n{name} should be a number, actually was {(value.ValueKind == JsonValueKind.String ? $"<<\"{value.GetString()}\">>" : value.GetRawText())}\n");
}
