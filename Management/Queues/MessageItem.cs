using System.Text.Json;
using OrleansBroker.Management.Exchanges;

namespace OrleansBroker.Management.Queues;

/// <summary>A message that was got.</summary>
internal sealed record MessageItem
{
    public required int PayloadBytes { get; init; }
    public required bool Redelivered { get; init; }
    public required string Exchange { get; init; }
    public required string RoutingKey { get; init; }
    public required long MessageCount { get; init; }
    public required PropertiesItem Properties { get; init; }
    public required string Payload { get; init; }
    public required string PayloadEncoding { get; init; }
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
