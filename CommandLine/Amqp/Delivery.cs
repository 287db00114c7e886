using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Amqp;

/// <summary>A message that came from a queue, with a body of its own.</summary>
internal sealed record Delivery(
    ulong Tag, bool Redelivered, string Exchange, string RoutingKey, IReadOnlyBasicProperties Properties, ReadOnlyMemory<byte> Body);
