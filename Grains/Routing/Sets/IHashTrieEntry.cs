using System.Numerics;

namespace OrleansBroker.Grains.Routing.Sets;

/// <summary>What a <see cref="HashTrie{TEntry}"/> holds: a value with its key and the key's hash.</summary>
internal interface IHashTrieEntry<TSelf>
{
    /// <summary>The key's hash as <see cref="KeyHash"/> makes it: never 0, which marks a free slot.</summary>
    int Hash { get; }

    /// <summary>Whether the other entry has the same key.</summary>
    bool HasKeyOf(in TSelf other);
}

/// <summary>A key to look up, in whatever form the caller has it (such as a span that is no string yet).</summary>
internal interface IHashTrieProbe<TEntry>
{
    /// <summary>Whether the entry has the key that is looked up.</summary>
    bool Matches(in TEntry entry);
}

/// <summary>Takes the entries of a trie one by one.</summary>
internal interface IHashTrieVisitor<TEntry>
{
    /// <summary>Takes one.</summary>
    void Visit(in TEntry entry);
}

/// <summary>Hashes of keys: seeded per process, so that nobody can choose keys that collide, and never 0.</summary>
internal static class KeyHash
{
    public static int Of(ReadOnlySpan<char> key) => NotZero(string.GetHashCode(key));

    /// <summary>The hash of a sequence of keys, from the hash of those before (0 where there are none) and that of the next.</summary>
    public static int Append(int hash, int next) => NotZero((int)((BitOperations.RotateLeft((uint)hash, 5) ^ (uint)next) * 0x9E37_79B1));

    public static int NotZero(int hash) => hash == 0 ? 1 : hash;
}
