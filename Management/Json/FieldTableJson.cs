using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Management.Json;

/// <summary>
/// Arguments and headers as RabbitMQ's API has them: a whole number becomes a long, another one a double. What AMQP has types for and
/// JSON has not is written as text or number.
/// </summary>
internal sealed class FieldTableJson : JsonConverter<FieldTable>
{
    // As deep as AMQP tables may nest.
    private const int MaxDepth = FieldTableReader.MaxDepth;

    public override FieldTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.ValueKind switch
        {
            JsonValueKind.Object => ReadTable(document.RootElement, 0),
            // Erlang's clients cannot tell an empty list from an empty table.
            JsonValueKind.Null => FieldTable.Empty,
            JsonValueKind.Array when document.RootElement.GetArrayLength() == 0 => FieldTable.Empty,
            _ => throw new JsonException("arguments are an object of names and values"),
        };
    }

    public override void Write(Utf8JsonWriter writer, FieldTable value, JsonSerializerOptions options) => WriteTable(writer, value);

    private static FieldTable ReadTable(JsonElement table, int depth) =>
        new(table.EnumerateObject().Select(member => new KeyValuePair<string, object?>(member.Name, ReadValue(member.Value, depth + 1))));

    private static object? ReadValue(JsonElement value, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new JsonException($"values nest {MaxDepth} deep at most");
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when value.TryGetInt64(out var whole) => whole,
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.Object => ReadTable(value, depth),
            JsonValueKind.Array => value.EnumerateArray().Select(item => ReadValue(item, depth + 1)).ToArray(),
            _ => null,
        };
    }

    private static void WriteTable(Utf8JsonWriter writer, FieldTable table)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in table)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case bool v: writer.WriteBooleanValue(v); break;
            case sbyte v: writer.WriteNumberValue(v); break;
            case byte v: writer.WriteNumberValue(v); break;
            case short v: writer.WriteNumberValue(v); break;
            case ushort v: writer.WriteNumberValue(v); break;
            case int v: writer.WriteNumberValue(v); break;
            case uint v: writer.WriteNumberValue(v); break;
            case long v: writer.WriteNumberValue(v); break;
            case float v when float.IsFinite(v): writer.WriteNumberValue(v); break;
            case double v when double.IsFinite(v): writer.WriteNumberValue(v); break;
            case decimal v: writer.WriteNumberValue(v); break;
            case AmqpTimestamp v: writer.WriteNumberValue(v.UnixTimeSeconds); break;
            case byte[] v: writer.WriteStringValue(Convert.ToBase64String(v)); break;
            case OpaqueText v: writer.WriteStringValue(Convert.ToBase64String(v.Octets.Span)); break;
            case FieldTable v: WriteTable(writer, v); break;
            case IReadOnlyList<object?> v: WriteArray(writer, v); break;
            default: writer.WriteStringValue(value.ToString()); break;
        }
    }

    private static void WriteArray(Utf8JsonWriter writer, IReadOnlyList<object?> values)
    {
        writer.WriteStartArray();
        foreach (var value in values)
        {
            WriteValue(writer, value);
        }

        writer.WriteEndArray();
    }
}
