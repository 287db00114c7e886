using System.Runtime.InteropServices;
using System.Text;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>
/// The strings of the names that a connection publishes with, found by their octets: publishing makes no string for a message, and
/// equal names are nearly always the same object. A name that hits an occupied place takes it, which bounds the cache.
/// </summary>
internal sealed class NameCache
{
    private const int Places = 256;

    private (byte[] Octets, string Text)[] _entries = [];

    /// <summary>The string of a name in UTF-8.</summary>
    public string Get(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return "";
        }

        if (_entries.Length == 0)
        {
            _entries = new (byte[], string)[Places];
        }

        ref var entry = ref _entries[Place(name)];
        if (entry.Octets is null || !name.SequenceEqual(entry.Octets))
        {
            entry = (name.ToArray(), Encoding.UTF8.GetString(name));
        }

        return entry.Text;
    }

    // Names of one connection differ mostly at their ends.
    private static int Place(ReadOnlySpan<byte> name)
    {
        var hash = (uint)name.Length;
        if (name.Length >= sizeof(ulong))
        {
            var (head, tail) = (MemoryMarshal.Read<ulong>(name), MemoryMarshal.Read<ulong>(name[^sizeof(ulong)..]));
            var mixed = (head ^ ulong.RotateLeft(tail, 29) ^ hash) * 0x9E37_79B9_7F4A_7C15;
            return (int)(mixed >> 56);
        }

        foreach (var octet in name)
        {
            hash = (hash * 31) + octet;
        }

        return (int)((hash * 0x9E37_79B9) >> 24);
    }
}
