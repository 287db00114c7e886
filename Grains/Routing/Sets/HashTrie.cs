using System.Numerics;

namespace OrleansBroker.Grains.Routing.Sets;

/// <summary>
/// A persistent hash map: an update copies a few small arrays and leaves the map that it started from as it was, so readers need no
/// lock. The default value is the empty map.
/// </summary>
/// <remarks>
/// Few entries stand in one open-addressed array, so that a look-up touches little memory: that is what a route over a large table
/// waits for. When they grow too many to be copied at each update they are spread over branches, by six bits of the hash from the
/// top, while the place in an array comes from its low bits. Below the last level arrays grow without bound, which takes more
/// entries with colliding hashes than anybody can contrive.
/// </remarks>
internal readonly struct HashTrie<TEntry>
    where TEntry : struct, IHashTrieEntry<TEntry>
{
    private const int MaxSpreadTogether = 128;
    private const int GatherAt = 64;
    private const int BitsPerLevel = 6;
    private const int Branches = 1 << BitsPerLevel;
    private const int TopShift = 32 - BitsPerLevel;
    private const int LastShift = TopShift - (3 * BitsPerLevel);

    private readonly TEntry[]? _slots;
    private readonly HashTrie<TEntry>[]? _branches;

    private HashTrie(TEntry[]? slots, HashTrie<TEntry>[]? branches, int count)
    {
        _slots = slots;
        _branches = branches;
        Count = count;
    }

    /// <summary>How many entries there are.</summary>
    public int Count { get; }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Looks up the entry that has the hash and that the probe matches.</summary>
    public bool TryFind<TProbe>(int hash, TProbe probe, out TEntry entry)
        where TProbe : struct, IHashTrieProbe<TEntry>, allows ref struct
    {
        var slots = _slots;
        var branches = _branches;
        for (var shift = TopShift; branches is not null; shift -= BitsPerLevel)
        {
            ref readonly var branch = ref branches[(hash >>> shift) & (Branches - 1)];
            slots = branch._slots;
            branches = branch._branches;
        }

        if (slots is not null)
        {
            var mask = slots.Length - 1;
            for (var i = 0; i < slots.Length; i++)
            {
                ref readonly var slot = ref slots[(hash + i) & mask];
                if (slot.Hash == hash && probe.Matches(in slot))
                {
                    entry = slot;
                    return true;
                }

                if (slot.Hash == 0)
                {
                    break;
                }
            }
        }

        entry = default;
        return false;
    }

    /// <summary>Looks up the entry that has the key of the given one.</summary>
    public bool TryFind(in TEntry key, out TEntry entry) => TryFind(key.Hash, new SameKey(key), out entry);

    /// <summary>A map with the entry, which replaces the one that has its key.</summary>
    public HashTrie<TEntry> Set(in TEntry entry) => Set(entry, TopShift);

    /// <summary>A map without the entry that has the key of the given one.</summary>
    public HashTrie<TEntry> Remove(in TEntry key) => TryFind(key, out _) ? Remove(key, TopShift) : this;

    /// <summary>Shows all entries to the visitor, in no order, and allocates nothing.</summary>
    public void VisitAll<TVisitor>(in TVisitor visitor)
        where TVisitor : struct, IHashTrieVisitor<TEntry>
    {
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Hash != 0)
            {
                visitor.Visit(in slot);
            }
        }

        foreach (ref readonly var branch in _branches.AsSpan())
        {
            branch.VisitAll(in visitor);
        }
    }

    /// <summary>The entries, in no order. Allocates: for listing, not for routing.</summary>
    public IEnumerable<TEntry> Enumerate() =>
        _branches is null ? (_slots ?? []).Where(slot => slot.Hash != 0) : _branches.SelectMany(branch => branch.Enumerate());

    private HashTrie<TEntry> Set(in TEntry entry, int shift)
    {
        if (_branches is not null)
        {
            var at = (entry.Hash >>> shift) & (Branches - 1);
            return WithBranch(at, _branches[at].Set(entry, shift - BitsPerLevel));
        }

        var slots = _slots ?? [];
        var found = SlotOf(slots, entry);
        var isNew = found < 0 || slots[found].Hash == 0;
        if (isNew && Count >= MaxSpreadTogether && shift >= LastShift)
        {
            return Spread(slots, shift).Set(entry, shift);
        }

        var count = isNew ? Count + 1 : Count;
        var copy = slots.Length < SlotsFor(count) ? Rehashed(slots, SlotsFor(count)) : [.. slots];
        copy[SlotOf(copy, entry)] = entry;
        return new(copy, null, count);
    }

    private HashTrie<TEntry> Remove(in TEntry key, int shift)
    {
        if (Count == 1)
        {
            return default;
        }

        if (_branches is not null)
        {
            var at = (key.Hash >>> shift) & (Branches - 1);
            var left = WithBranch(at, _branches[at].Remove(key, shift - BitsPerLevel));
            return left.Count <= GatherAt ? left.Gathered() : left;
        }

        var copy = new TEntry[SlotsFor(Count - 1)];
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Hash != 0 && !slot.HasKeyOf(key))
            {
                copy[SlotOf(copy, slot)] = slot;
            }
        }

        return new(copy, null, Count - 1);
    }

    private HashTrie<TEntry> WithBranch(int at, in HashTrie<TEntry> branch)
    {
        HashTrie<TEntry>[] copy = [.. _branches!];
        copy[at] = branch;
        return new(null, copy, Count - _branches![at].Count + branch.Count);
    }

    private HashTrie<TEntry> Spread(TEntry[] slots, int shift)
    {
        var branches = new HashTrie<TEntry>[Branches];
        foreach (ref readonly var slot in slots.AsSpan())
        {
            if (slot.Hash != 0)
            {
                ref var branch = ref branches[(slot.Hash >>> shift) & (Branches - 1)];
                branch = branch.Set(slot, shift - BitsPerLevel);
            }
        }

        return new(null, branches, Count);
    }

    private HashTrie<TEntry> Gathered()
    {
        var slots = new TEntry[SlotsFor(Count)];
        foreach (var entry in Enumerate())
        {
            slots[SlotOf(slots, entry)] = entry;
        }

        return new(slots, null, Count);
    }

    private static TEntry[] Rehashed(TEntry[] slots, int length)
    {
        var copy = new TEntry[length];
        foreach (ref readonly var slot in slots.AsSpan())
        {
            if (slot.Hash != 0)
            {
                copy[SlotOf(copy, slot)] = slot;
            }
        }

        return copy;
    }

    /// <summary>Where the entry with that key stands, else the free slot that it belongs into; -1 where there is neither.</summary>
    private static int SlotOf(TEntry[] slots, in TEntry key)
    {
        var mask = slots.Length - 1;
        for (var i = 0; i < slots.Length; i++)
        {
            ref readonly var slot = ref slots[(key.Hash + i) & mask];
            if (slot.Hash == 0 || (slot.Hash == key.Hash && slot.HasKeyOf(key)))
            {
                return (key.Hash + i) & mask;
            }
        }

        return -1;
    }

    // A handful of entries fill their array; beyond that a quarter stays free, which keeps runs of slots short.
    private static int SlotsFor(int count) => (int)BitOperations.RoundUpToPowerOf2((uint)(count <= 4 ? count : count + (count / 3) + 1));

    private readonly struct SameKey(TEntry key) : IHashTrieProbe<TEntry>
    {
        private readonly TEntry _key = key;

        public bool Matches(in TEntry entry) => entry.HasKeyOf(_key);
    }
}
