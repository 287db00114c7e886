using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing.Matching;

/// <summary>A type of exchange: how it matches, and what it asks of declarations and bindings.</summary>
/// <param name="Name">The name that declarations carry.</param>
/// <param name="CreateMatcher">The matcher of an exchange without bindings.</param>
internal sealed record ExchangeType(string Name, Func<ExchangeDefinition, ExchangeMatcher> CreateMatcher)
{
    /// <summary>Throws <see cref="BrokerException"/> (406) where the declaration cannot be.</summary>
    public Action<ExchangeDefinition> CheckDeclaration { get; init; } = static _ => { };

    /// <summary>Throws <see cref="BrokerException"/> (406) where the exchange cannot have the binding.</summary>
    public Action<ExchangeDefinition, BindingDefinition> CheckBinding { get; init; } = static (_, _) => { };

    /// <summary>Arguments of the declaration that a later declaration has to repeat, beside <c>alternate-exchange</c>.</summary>
    public IReadOnlyList<string> ComparedArguments { get; init; } = [];
}
