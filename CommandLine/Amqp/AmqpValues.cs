using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Amqp;

/// <summary>Values of AMQP tables as JSON, and back.</summary>
internal static class AmqpValues
{
    // Throws where octets are no text, so that they can be told from it.
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The octets as text; null where they are none.</summary>
    public static string? Text(ReadOnlySpan<byte> octets)
    {
        try
        {
            return Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The text of a value that a header has.</summary>
    public static string? Text(object? value) => value switch
    {
        null => null,
        byte[] octets => Text(octets) ?? Convert.ToBase64String(octets),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    public static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        bool truth => JsonValue.Create(truth),
        byte or sbyte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        ulong number => JsonValue.Create(number),
        float number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(Text((object)number)),
        double number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(Text((object)number)),
        decimal number => JsonValue.Create(number),
        AmqpTimestamp time => JsonValue.Create(time.UnixTime),
        byte[] octets => JsonValue.Create(Text((object)octets)),
        string text => JsonValue.Create(text),
        BinaryTableValue octets => JsonValue.Create(Convert.ToBase64String(octets.Bytes)),
        IDictionary<string, object?> table => new JsonObject(table.Select(field => KeyValuePair.Create(field.Key, ToJson(field.Value)))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(ToJson)]),
        _ => JsonValue.Create(value.ToString()),
    };

    public static object? FromJson(JsonNode? value) => value switch
    {
        null => null,
        JsonObject table => Table(table),
        JsonArray list => list.Select(FromJson).ToList(),
        _ => value.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(value.ToJsonString()),
            _ => value.GetValue<string>(),
        },
    };

    public static Dictionary<string, object?> Table(JsonObject table) => table.ToDictionary(field => field.Key, field => FromJson(field.Value));

    private static object Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : double.Parse(text, CultureInfo.InvariantCulture);
}
