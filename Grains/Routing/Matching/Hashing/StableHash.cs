namespace OrleansBroker.Grains.Routing.Matching.Hashing;

/// <summary>
/// A hash that is the same in every process and version, unlike <c>string.GetHashCode</c>: silos agree on it, and so do the runs
/// before and after a restart. FNV-1a over UTF-16, with the finalizer of SplitMix64, which spreads every bit over all.
/// </summary>
internal static class StableHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = Offset;
        foreach (var c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        return Mix(hash);
    }

    /// <summary>One hash of two.</summary>
    public static ulong Combine(ulong one, ulong other) => Mix(one ^ (other * 0x9E37_79B9_7F4A_7C15));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
