using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Matching;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing;

/// <summary>
/// All that is needed to route by one exchange: its definition and its bindings, at one version. A table never changes; one binding
/// more or less makes another table that shares all but a few small nodes with the one before, in microseconds and however many
/// bindings there are. Any number of threads may read one without a lock, and a route that has begun goes on with the table it has.
/// </summary>
internal sealed class RoutingTable
{
    private readonly HashTrie<BindingEntry> _bindings;

    private RoutingTable(ExchangeDefinition exchange, ExchangeMatcher matcher)
    {
        Exchange = exchange;
        Matcher = matcher;
        Self = new BoundDestination(new Destination(DestinationKind.Exchange, exchange.Id.Name));
        if (exchange.Arguments[ExchangeRules.AlternateExchange] is string alternate)
        {
            Alternate = new BoundDestination(new Destination(DestinationKind.Exchange, alternate));
        }
    }

    private RoutingTable(
        RoutingTable before, long version, ExchangeMatcher matcher, HashTrie<BindingEntry> bindings, int count, BoundDestination? alternate)
    {
        Exchange = before.Exchange;
        Self = before.Self;
        Alternate = alternate;
        Version = version;
        Matcher = matcher;
        _bindings = bindings;
        BindingCount = count;
    }

    /// <summary>The exchange that the table belongs to.</summary>
    public ExchangeDefinition Exchange { get; }

    /// <summary>The version, which grows by one with each change.</summary>
    public long Version { get; }

    /// <summary>How many bindings there are.</summary>
    public int BindingCount { get; }

    /// <summary>The bindings, in no order.</summary>
    public IEnumerable<BindingDefinition> Bindings => _bindings.Enumerate().Select(static entry => entry.Binding);

    /// <summary>The bindings as the exchange's type matches them.</summary>
    internal ExchangeMatcher Matcher { get; }

    /// <summary>The exchange itself as a destination.</summary>
    internal BoundDestination Self { get; }

    /// <summary>Where messages go that no binding matches; null where the exchange names no alternate.</summary>
    internal BoundDestination? Alternate { get; }

    /// <summary>A table of the given bindings; the same one twice counts once.</summary>
    /// <exception cref="Interfaces.Errors.BrokerException">406: the exchange's type is unknown.</exception>
    public static RoutingTable Create(ExchangeDefinition exchange, long version, IEnumerable<BindingDefinition> bindings)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(bindings);
        var matcher = ExchangeTypes.Get(exchange.Type).CreateMatcher(exchange);
        var known = default(HashTrie<BindingEntry>);
        var count = 0;
        foreach (var binding in bindings)
        {
            var entry = new BindingEntry(binding);
            if (!known.TryFind(entry, out _))
            {
                known = known.Set(entry);
                matcher = matcher.With(binding);
                count++;
            }
        }

        var table = new RoutingTable(exchange, matcher);
        return new RoutingTable(table, version, matcher, known, count, table.Alternate);
    }

    /// <summary>Whether the table has the binding.</summary>
    public bool HasBinding(BindingDefinition binding) => _bindings.TryFind(new BindingEntry(binding), out _);

    /// <summary>A table with the binding; where this one has it already, only the version changes.</summary>
    public RoutingTable WithBinding(BindingDefinition binding, long version)
    {
        var entry = new BindingEntry(binding);
        return _bindings.TryFind(entry, out _)
            ? new RoutingTable(this, version, Matcher, _bindings, BindingCount, Alternate)
            : new RoutingTable(this, version, Matcher.With(binding), _bindings.Set(entry), BindingCount + 1, Alternate);
    }

    /// <summary>A table without the binding; where this one does not have it, only the version changes.</summary>
    public RoutingTable WithoutBinding(BindingDefinition binding, long version)
    {
        // What leaves the matcher is the binding that was added: equal to the one that is given, but perhaps of other integer widths.
        return _bindings.TryFind(new BindingEntry(binding), out var entry)
            ? new RoutingTable(this, version, Matcher.Without(entry.Binding), _bindings.Remove(entry), BindingCount - 1, Alternate)
            : new RoutingTable(this, version, Matcher, _bindings, BindingCount, Alternate);
    }

    /// <summary>A table with the alternate exchange that a policy names; the exchange's own argument counts before it. Null: no policy does.</summary>
    public RoutingTable WithPolicyAlternate(string? name)
    {
        if (Exchange.Arguments[ExchangeRules.AlternateExchange] is string || name == Alternate?.Destination.Name)
        {
            return this;
        }

        BoundDestination? alternate = name is null ? null : new BoundDestination(new Destination(DestinationKind.Exchange, name));
        return new RoutingTable(this, Version, Matcher, _bindings, BindingCount, alternate);
    }

    private readonly struct BindingEntry(BindingDefinition binding) : IHashTrieEntry<BindingEntry>
    {
        public BindingDefinition Binding { get; } = binding;

        public int Hash { get; } = KeyHash.NotZero(BindingIdentity.Comparer.GetHashCode(binding));

        public bool HasKeyOf(in BindingEntry other) => Hash == other.Hash && BindingIdentity.Comparer.Equals(Binding, other.Binding);
    }
}
