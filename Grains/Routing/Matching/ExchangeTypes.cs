using System.Collections.Frozen;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Routing.Matching.Hashing;
using OrleansBroker.Grains.Routing.Matching.Headers;
using OrleansBroker.Grains.Routing.Matching.Topics;

namespace OrleansBroker.Grains.Routing.Matching;

/// <summary>The types of exchange that there are.</summary>
internal static class ExchangeTypes
{
    private static readonly FrozenDictionary<string, ExchangeType> Registered = new[]
    {
        DirectMatcher.Type,
        FanoutMatcher.Type,
        TopicMatcher.Type,
        HeadersMatcher.Type,
        ConsistentHashMatcher.Type,
        DelayedMatcher.Type,
    }.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>The names, in order.</summary>
    public static IEnumerable<string> Names => Registered.Keys.Order(StringComparer.Ordinal);

    /// <summary>The type of that name.</summary>
    /// <exception cref="BrokerException">406: there is none.</exception>
    public static ExchangeType Get(string name) =>
        Registered.TryGetValue(name, out var type)
            ? type
            : throw new BrokerException(ReplyCode.PreconditionFailed, $"unknown exchange type '{name}'");
}
