using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace OrleansBroker.Grains.Topology.Listing;

/// <summary>Names in the order of their octets, each with a line feed behind it: five octets more than they have themselves.</summary>
internal sealed class NameBlock(byte[] octets, int[] ends)
{
    public int Count => ends.Length;

    /// <summary>What it takes in memory.</summary>
    public long Octets => octets.Length + ((long)sizeof(int) * ends.Length);

    /// <summary>The name in UTF-8.</summary>
    public ReadOnlySpan<byte> this[int index] => Lines(index, index + 1)[..^1];

    /// <summary>Names that follow each other, with what is behind each.</summary>
    public ReadOnlySpan<byte> Lines(int from, int to) => octets.AsSpan((from == 0 ? 0 : ends[from - 1])..ends[to - 1]);

    /// <summary>Where the name is; where it is not, the complement of where it would be.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = this[middle].SequenceCompareTo(name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>Gathers names that come in their order, for as long as they have room.</summary>
    internal sealed class Builder(long room)
    {
        private readonly List<int> _ends = [];
        private ArrayBufferWriter<byte>? _octets = new();

        public void Add(string name)
        {
            if (_octets is null)
            {
                return;
            }

            Encoding.UTF8.GetBytes(name, _octets);
            _octets.Write("\n"u8);
            _ends.Add(_octets.WrittenCount);
            if (_octets.WrittenCount + ((long)sizeof(int) * _ends.Count) > room)
            {
                _octets = null;
                _ends.Clear();
                _ends.TrimExcess();
            }
        }

        /// <summary>The names; null: they had no room.</summary>
        public NameBlock? Build() => _octets is null ? null : new NameBlock(_octets.WrittenSpan.ToArray(), CollectionsMarshal.AsSpan(_ends).ToArray());
    }
}
