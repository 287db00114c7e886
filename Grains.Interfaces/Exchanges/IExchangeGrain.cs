using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Exchanges;

/// <summary>
/// An exchange: the owner of its definition and of the bindings that it is the source of. Its key is
/// <see cref="ExchangeId.ToGrainKey"/>. It does not route: silos do, from tables that it keeps coherent.
/// </summary>
[Alias("orleansbroker.IExchangeGrain")]
public interface IExchangeGrain : IGrainWithStringKey
{
    /// <summary>Creates the exchange or checks that it is alike.</summary>
    [Alias("Declare")]
    Task DeclareAsync(ExchangeDefinition definition);

    /// <summary>The definition, or null where there is none.</summary>
    [Alias("GetDefinition")]
    Task<ExchangeDefinition?> GetDefinitionAsync();

    /// <summary>Deletes it with its bindings; does nothing where it is missing.</summary>
    [Alias("Delete")]
    Task DeleteAsync(bool ifUnused);

    /// <summary>Adds a binding; answers when no silo routes without it.</summary>
    [Alias("Bind")]
    Task BindAsync(BindingDefinition binding);

    /// <summary>Removes a binding; an auto-delete exchange goes with its last one.</summary>
    [Alias("Unbind")]
    Task UnbindAsync(BindingDefinition binding);

    /// <summary>Removes all bindings to a destination that is being deleted.</summary>
    [Alias("UnbindDestination")]
    Task UnbindDestinationAsync(Destination destination);

    /// <summary>All that a silo needs to route: definition, bindings, and the version that the next change follows.</summary>
    [Alias("GetTable")]
    Task<RoutingTableContents?> GetTableAsync();
}

/// <summary>An exchange's bindings at one version.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.RoutingTableContents")]
public sealed record RoutingTableContents
{
    /// <summary>The exchange.</summary>
    [Id(0)] public required ExchangeDefinition Exchange { get; init; }
    /// <summary>Grows by one with each change of the bindings or the definition.</summary>
    [Id(1)] public required long Version { get; init; }
    /// <summary>The bindings.</summary>
    [Id(2)] public required BindingDefinition[] Bindings { get; init; }
}

/// <summary>One change of a routing table.</summary>
[GenerateSerializer, Immutable, Alias("orleansbroker.RoutingTableChange")]
public sealed record RoutingTableChange
{
    /// <summary>The exchange.</summary>
    [Id(0)] public required ExchangeId Exchange { get; init; }
    /// <summary>The version after the change; a silo that does not hold the one before fetches the whole table.</summary>
    [Id(1)] public required long Version { get; init; }
    /// <summary>What happened.</summary>
    [Id(2)] public required RoutingChangeKind Kind { get; init; }
    /// <summary>The binding that was added or removed; null for the other kinds.</summary>
    [Id(3)] public BindingDefinition? Binding { get; init; }
}

/// <summary>Kinds of change of a routing table.</summary>
public enum RoutingChangeKind
{
    /// <summary>A binding was added.</summary>
    Bound,
    /// <summary>A binding was removed.</summary>
    Unbound,
    /// <summary>The whole table is to be fetched again, or the exchange was deleted.</summary>
    Replaced,
}
