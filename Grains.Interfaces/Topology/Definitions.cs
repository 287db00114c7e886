using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>What a client declares of an exchange.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.ExchangeDefinition")]
public sealed record ExchangeDefinition
{
    /// <summary>Virtual host and name.</summary>
    [Id(0)] public required ExchangeId Id { get; init; }
    /// <summary>The type: <c>direct</c>, <c>fanout</c>, <c>topic</c>, <c>headers</c>, <c>x-consistent-hash</c> or <c>x-delayed-message</c>.</summary>
    [Id(1)] public required string Type { get; init; }
    /// <summary>Whether it survives a restart.</summary>
    [Id(2)] public bool Durable { get; init; }
    /// <summary>Whether it is deleted when its last binding as a source goes.</summary>
    [Id(3)] public bool AutoDelete { get; init; }
    /// <summary>Whether clients are refused to publish to it.</summary>
    [Id(4)] public bool Internal { get; init; }
    /// <summary>Arguments such as <c>alternate-exchange</c>.</summary>
    [Id(5)] public FieldTable Arguments { get; init; } = FieldTable.Empty;
    /// <summary>Sets it apart from an exchange of the same name before or after it; 0 in a declaration.</summary>
    [Id(6)] public long Incarnation { get; init; }
}

/// <summary>What a client declares of a queue, and what the broker adds to it.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.QueueDefinition")]
public sealed record QueueDefinition
{
    /// <summary>Virtual host and name.</summary>
    [Id(0)] public required QueueId Id { get; init; }
    /// <summary>Whether it survives a restart.</summary>
    [Id(1)] public bool Durable { get; init; }
    /// <summary>Whether it is deleted when its last consumer goes.</summary>
    [Id(2)] public bool AutoDelete { get; init; }
    /// <summary>The connection that it belongs to and dies with; null for a queue that is not exclusive.</summary>
    [Id(3)] public ConnectionOwner? ExclusiveOwner { get; init; }
    /// <summary>Arguments such as <c>x-message-ttl</c>; unknown ones are kept.</summary>
    [Id(4)] public FieldTable Arguments { get; init; } = FieldTable.Empty;
    /// <summary>The queue's key in the message store. A queue that is deleted and declared again has another one.</summary>
    [Id(5)] public long Incarnation { get; init; }
}

/// <summary>The connection that an exclusive queue belongs to.</summary>
/// <param name="Connection">The connection's id.</param>
/// <param name="Silo">The silo that hosts the connection, in its parsable text form: when it dies, its connections have.</param>
[GenerateSerializer, Immutable, Alias("orleansbroker.ConnectionOwner")]
public sealed record ConnectionOwner([property: Id(0)] Guid Connection, [property: Id(1)] string Silo);

/// <summary>What a binding leads to.</summary>
public enum DestinationKind
{
    /// <summary>A queue.</summary>
    Queue,
    /// <summary>Another exchange, which routes the message on by the same key and headers.</summary>
    Exchange,
    /// <summary>An Orleans stream of another provider: the name is <c>provider/namespace/key</c>.</summary>
    Stream,
}

/// <summary>Where a message goes: a queue, an exchange or a stream of the same virtual host.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.Destination")]
public readonly record struct Destination([property: Id(0)] DestinationKind Kind, [property: Id(1)] string Name);

/// <summary>A binding. Its identity is all of it: source, destination, key and arguments (compared by value).</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.BindingDefinition")]
public sealed record BindingDefinition
{
    /// <summary>The exchange that routes by it.</summary>
    [Id(0)] public required ExchangeId Source { get; init; }
    /// <summary>Where it leads.</summary>
    [Id(1)] public required Destination Destination { get; init; }
    /// <summary>The binding key.</summary>
    [Id(2)] public string RoutingKey { get; init; } = "";
    /// <summary>Arguments, such as what a headers exchange matches.</summary>
    [Id(3)] public FieldTable Arguments { get; init; } = FieldTable.Empty;
}
