namespace OrleansBroker.ClientLib.Publishing;

/// <summary>A message with its own route and properties, for batches and streams whose messages differ in them.</summary>
public sealed record PublishMessage
{
    /// <summary>The payload.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The routing key. Default null: the call's, or the stream's.</summary>
    public string? RoutingKey { get; init; }

    /// <summary>The exchange; empty for the default exchange. Default null: the call's, or the stream's.</summary>
    public string? Exchange { get; init; }

    /// <summary>The properties. Default null: the call's.</summary>
    public MessageProperties? Properties { get; init; }
}
