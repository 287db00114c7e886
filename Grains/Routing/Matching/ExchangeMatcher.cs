using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing.Matching;

/// <summary>What of a message decides where a matcher sends it. A route that depends on the key alone may be cached under the key.</summary>
[Flags]
internal enum RoutingInputs
{
    /// <summary>Every message goes the same way.</summary>
    None = 0,
    /// <summary>The routing key: a matcher that reads it is asked once for each of the message's keys.</summary>
    RoutingKey = 1,
    /// <summary>Headers, properties or body.</summary>
    Content = 2,
    /// <summary>The message's own routing key, and none that its headers name beside it.</summary>
    OwnKey = 4,
}

/// <summary>
/// The bindings of one exchange as its type matches them: immutable, and changed by one binding at a time into another matcher.
/// Each type is one file with one such class and its <see cref="ExchangeType"/>.
/// </summary>
internal abstract class ExchangeMatcher
{
    /// <summary>What decides where a message goes.</summary>
    public abstract RoutingInputs Inputs { get; }

    /// <summary>A matcher with the binding, which it does not have yet.</summary>
    public abstract ExchangeMatcher With(BindingDefinition binding);

    /// <summary>A matcher without the binding, which it has.</summary>
    public abstract ExchangeMatcher Without(BindingDefinition binding);

    /// <summary>Adds each destination that matches to the walk; the same one more than once does no harm.</summary>
    public abstract void Collect(RouteWalk walk);
}
