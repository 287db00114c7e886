using CsCheck;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Tests.Routing;

public class HashTries
{
    [Fact]
    public void A_trie_holds_what_a_dictionary_would_and_its_ancestors_stay_as_they_were() =>
        Gen.Select(Gen.Int[0, 400], Gen.Bool, Gen.Int[0, 9]).Array[0, 1_500].Sample(steps =>
        {
            var trie = default(HashTrie<Number>);
            var expected = new Dictionary<int, int>();
            var (ancestor, remembered) = (trie, expected.ToArray());
            foreach (var (step, (key, set, value)) in steps.Index())
            {
                trie = set ? trie.Set(new Number(key, value)) : trie.Remove(new Number(key, 0));
                _ = set ? (expected[key] = value) > 0 : expected.Remove(key);
                if (step == steps.Length / 2)
                {
                    (ancestor, remembered) = (trie, [.. expected]);
                }
            }

            AssertHolds(trie, expected);
            AssertHolds(ancestor, remembered.ToDictionary());
        }, iter: 300);

    [Fact]
    public void Entries_whose_hashes_collide_are_told_apart()
    {
        var trie = default(HashTrie<Number>);
        var expected = new Dictionary<int, int>();
        for (var key = -1_000; key < 0; key++)
        {
            trie = trie.Set(new Number(key, key));
            expected[key] = key;
        }

        AssertHolds(trie, expected);
        for (var key = -1_000; key < -3; key++)
        {
            trie = trie.Remove(new Number(key, 0));
            expected.Remove(key);
        }

        AssertHolds(trie, expected);
    }

    [Fact]
    public void The_last_entry_that_goes_leaves_an_empty_trie()
    {
        var trie = default(HashTrie<Number>).Set(new Number(1, 1)).Remove(new Number(1, 0));
        Assert.True(trie.IsEmpty);
        Assert.False(trie.TryFind(new Number(1, 0), out _));
        Assert.Empty(trie.Enumerate());
    }

    private static void AssertHolds(HashTrie<Number> trie, Dictionary<int, int> expected)
    {
        Assert.Equal(expected.Count, trie.Count);
        Assert.Equal(expected.OrderBy(e => e.Key), trie.Enumerate().Select(n => KeyValuePair.Create(n.Key, n.Value)).OrderBy(e => e.Key));
        var visited = new List<int>();
        trie.VisitAll(new Collector(visited));
        Assert.Equal(expected.Keys.Order(), visited.Order());
        foreach (var (key, value) in expected)
        {
            Assert.True(trie.TryFind(new Number(key, 0), out var found));
            Assert.Equal(value, found.Value);
        }

        Assert.False(trie.TryFind(new Number(1_000_000, 0), out _));
    }

    /// <summary>Negative keys share one hash; the others' hashes differ in the top bits for some and in the low bits for others.</summary>
    private readonly record struct Number(int Key, int Value) : IHashTrieEntry<Number>
    {
        public int Hash { get; } = KeyHash.NotZero(Key < 0 ? 7 : Key % 2 == 0 ? Key : Key << 20);

        public bool HasKeyOf(in Number other) => Key == other.Key;
    }

    private readonly struct Collector(List<int> keys) : IHashTrieVisitor<Number>
    {
        public void Visit(in Number entry) => keys.Add(entry.Key);
    }
}
