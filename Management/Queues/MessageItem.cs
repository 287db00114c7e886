using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansBroker.Management.Exchanges;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Queues;

/// <summary>A message that was got.</summary>
internal sealed record MessageItem
{
    public required int PayloadBytes { get; init; }
    public required bool Redelivered { get; init; }
    public required string Exchange { get; init; }
    public required string RoutingKey { get; init; }
    public required long MessageCount { get; init; }
    [JsonConverter(typeof(GotPropertiesJson))]
    public required PropertiesItem Properties { get; init; }
    public required string Payload { get; init; }
    public required string PayloadEncoding { get; init; }
}

/// <summary>Properties that are none are <c>[]</c>, as RabbitMQ has them.</summary>
internal sealed class GotPropertiesJson : JsonConverter<PropertiesItem>
{
    private static readonly PropertiesItem None = new();

    public override PropertiesItem Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a message that was got is written only");

    public override void Write(Utf8JsonWriter writer, PropertiesItem value, JsonSerializerOptions options)
    {
        if (value == None)
        {
            writer.WriteStartArray();
            writer.WriteEndArray();
        }
        else
        {
            JsonSerializer.Serialize(writer, value, ManagementJson.Default.PropertiesItem);
        }
    }
}

/// <summary>What is to be got.</summary>
internal sealed record MessageRequest
{
    /// <summary>A number; text is taken as well, as RabbitMQ takes it and its CLI sends it.</summary>
    public JsonElement? Count { get; init; }
    public string? Ackmode { get; init; }
    public string? Encoding { get; init; }
    public JsonElement? Truncate { get; init; }
}
