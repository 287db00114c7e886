namespace OrleansBroker.Grains.Interfaces.Messages;

/// <summary>A message as the subscribers of a stream of another provider get it, where a binding names that stream.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.StreamedMessage")]
public sealed record StreamedMessage
{
    /// <summary>The exchange that it was published to.</summary>
    [Id(0)] public required string Exchange { get; init; }
    /// <summary>The routing key that it was published with.</summary>
    [Id(1)] public required string RoutingKey { get; init; }
    /// <summary>The encoded properties: see <see cref="Amqp.Content.BasicPropertiesReader"/>.</summary>
    [Id(2)] public ReadOnlyMemory<byte> Properties { get; init; }
    /// <summary>The payload.</summary>
    [Id(3)] public ReadOnlyMemory<byte> Body { get; init; }
}
