using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing;

/// <summary>What makes two bindings the same one: source, destination, key, and arguments by value (row 1.27).</summary>
internal sealed class BindingIdentity : IEqualityComparer<BindingDefinition>
{
    private BindingIdentity()
    {
    }

    /// <summary>The comparer; it has no state.</summary>
    public static BindingIdentity Comparer { get; } = new();

    public bool Equals(BindingDefinition? x, BindingDefinition? y) =>
        ReferenceEquals(x, y)
        || (x is not null
            && y is not null
            && string.Equals(x.RoutingKey, y.RoutingKey, StringComparison.Ordinal)
            && x.Destination == y.Destination
            && x.Source == y.Source
            && FieldValueComparer.Instance.Equals(x.Arguments, y.Arguments));

    public int GetHashCode(BindingDefinition obj) =>
        HashCode.Combine(obj.RoutingKey, obj.Destination, obj.Source, FieldValueComparer.Instance.GetHashCode(obj.Arguments));
}
