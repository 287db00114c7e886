using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching;

/// <summary>A message goes to what is bound by its very key.</summary>
internal sealed class DirectMatcher : ExchangeMatcher
{
    private readonly HashTrie<KeyEntry> _keys;

    private DirectMatcher(HashTrie<KeyEntry> keys) => _keys = keys;

    public static ExchangeType Type { get; } = new("direct", static _ => new DirectMatcher(default));

    public override RoutingInputs Inputs => RoutingInputs.RoutingKey;

    public override ExchangeMatcher With(BindingDefinition binding)
    {
        var existing = Find(binding.RoutingKey);
        return new DirectMatcher(_keys.Set(existing.With(existing.Destinations.Bound(binding.Destination))));
    }

    public override ExchangeMatcher Without(BindingDefinition binding)
    {
        var existing = Find(binding.RoutingKey);
        var left = existing.Destinations.Unbound(binding.Destination);
        return new DirectMatcher(left.IsEmpty ? _keys.Remove(existing) : _keys.Set(existing.With(left)));
    }

    public override void Collect(RouteWalk walk)
    {
        var key = walk.RoutingKey;
        if (_keys.TryFind(KeyHash.Of(key), new KeyProbe(key), out var entry))
        {
            entry.Destinations.CollectInto(walk);
        }
    }

    private KeyEntry Find(string key)
    {
        var absent = new KeyEntry(key, KeyHash.Of(key), default);
        return _keys.TryFind(absent, out var existing) ? existing : absent;
    }

    private readonly struct KeyEntry(string key, int hash, HashTrie<BoundDestination> destinations) : IHashTrieEntry<KeyEntry>
    {
        public string Key { get; } = key;

        public int Hash { get; } = hash;

        public HashTrie<BoundDestination> Destinations { get; } = destinations;

        public bool HasKeyOf(in KeyEntry other) => string.Equals(Key, other.Key, StringComparison.Ordinal);

        public KeyEntry With(HashTrie<BoundDestination> destinations) => new(Key, Hash, destinations);
    }

    private readonly struct KeyProbe(string key) : IHashTrieProbe<KeyEntry>
    {
        private readonly string _key = key;

        public bool Matches(in KeyEntry entry) => string.Equals(entry.Key, _key, StringComparison.Ordinal);
    }
}
