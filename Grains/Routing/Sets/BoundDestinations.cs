using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing.Sets;

/// <summary>A destination with its hash, and how many bindings lead to it by one key: it goes when the last of them goes.</summary>
internal readonly struct BoundDestination : IHashTrieEntry<BoundDestination>
{
    public BoundDestination(Destination destination)
        : this(destination, HashOf(destination), 1)
    {
    }

    private BoundDestination(Destination destination, int hash, int bindings)
    {
        Destination = destination;
        Hash = hash;
        Bindings = bindings;
    }

    public Destination Destination { get; }

    public int Hash { get; }

    public int Bindings { get; }

    public bool HasKeyOf(in BoundDestination other) => IsSame(Destination, other.Destination);

    public BoundDestination WithBindings(int bindings) => new(Destination, Hash, bindings);

    public static bool IsSame(in Destination one, in Destination other) =>
        one.Kind == other.Kind && string.Equals(one.Name, other.Name, StringComparison.Ordinal);

    private static int HashOf(in Destination destination) => KeyHash.NotZero(KeyHash.Of(destination.Name) + (int)destination.Kind);
}

/// <summary>Sets of destinations that bindings share: what one key, or one whole exchange, leads to.</summary>
internal static class BoundDestinations
{
    /// <summary>The set with one binding more to the destination.</summary>
    public static HashTrie<BoundDestination> Bound(this HashTrie<BoundDestination> set, Destination destination)
    {
        var entry = new BoundDestination(destination);
        return set.Set(set.TryFind(entry, out var existing) ? existing.WithBindings(existing.Bindings + 1) : entry);
    }

    /// <summary>The set with one binding less to the destination.</summary>
    public static HashTrie<BoundDestination> Unbound(this HashTrie<BoundDestination> set, Destination destination)
    {
        var entry = new BoundDestination(destination);
        if (!set.TryFind(entry, out var existing))
        {
            return set;
        }

        return existing.Bindings > 1 ? set.Set(existing.WithBindings(existing.Bindings - 1)) : set.Remove(entry);
    }

    /// <summary>The destination of a set that has one.</summary>
    public static BoundDestination Single(this HashTrie<BoundDestination> set) => set.Enumerate().First();

    /// <summary>Collects all of the set.</summary>
    public static void CollectInto(this HashTrie<BoundDestination> set, RouteWalk walk)
    {
        if (!set.IsEmpty)
        {
            set.VisitAll(new Collector(walk));
        }
    }

    private readonly struct Collector(RouteWalk walk) : IHashTrieVisitor<BoundDestination>
    {
        private readonly RouteWalk _walk = walk;

        public void Visit(in BoundDestination entry) => _walk.Add(in entry);
    }
}
