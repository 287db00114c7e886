using System.Text;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology.Listing;

/// <summary>Names as they were read, with what came and went since: stretches of the block, and single names between them.</summary>
internal sealed class QueueNames : IQueueNames
{
    // Names that are given together: few enough for the processor's cache.
    private const int Together = 1_000;

    private readonly NameBlock _block;
    private readonly List<Part> _parts = [];

    /// <summary>The changes come in the order of their names.</summary>
    public QueueNames(NameBlock block, IEnumerable<(byte[] Name, bool Exists)> changes)
    {
        _block = block;
        var from = 0;
        foreach (var (name, exists) in changes)
        {
            var at = block.Find(name);
            var isKnown = at >= 0;
            if (isKnown == exists)
            {
                continue;
            }

            at = isKnown ? at : ~at;
            Add(new Part(from, at, null));
            from = isKnown ? at + 1 : at;
            if (exists)
            {
                Add(new Part(0, 1, [.. name, (byte)'\n']));
            }
        }

        Add(new Part(from, block.Count, null));
    }

    public int Count { get; private set; }

    public IEnumerable<ReadOnlyMemory<char>> Read(bool backward)
    {
        var text = Array.Empty<char>();
        for (var i = 0; i < _parts.Count; i++)
        {
            var part = _parts[backward ? ^(i + 1) : i];
            for (var read = 0; read < part.Count; read += Together)
            {
                var count = Math.Min(Together, part.Count - read);
                var from = backward ? part.To - read - count : part.From + read;
                yield return Decode(part.Added ?? _block.Lines(from, from + count), ref text);
            }
        }
    }

    private static ReadOnlyMemory<char> Decode(ReadOnlySpan<byte> lines, ref char[] text)
    {
        // No text has more units than octets.
        text = text.Length < lines.Length ? new char[lines.Length] : text;
        return text.AsMemory(0, Encoding.UTF8.GetChars(lines, text));
    }

    private void Add(Part part)
    {
        if (part.Count > 0)
        {
            _parts.Add(part);
            Count += part.Count;
        }
    }

    private readonly record struct Part(int From, int To, byte[]? Added)
    {
        public int Count => To - From;
    }
}
