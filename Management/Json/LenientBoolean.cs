using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansBroker.Management.Json;

/// <summary>A truth value that may come as text, which RabbitMQ's API takes and its tools send.</summary>
internal sealed class LenientBoolean : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String when reader.GetString() is "true" => true,
        JsonTokenType.String when reader.GetString() is "false" => false,
        _ => throw new JsonException("true or false is expected"),
    };

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
}
