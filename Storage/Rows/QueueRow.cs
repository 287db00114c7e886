using System.Buffers.Binary;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.Rows;

/// <summary>What a queue has had since it began: tells which column families its rows can stand in.</summary>
[Flags]
internal enum QueueTraits : byte
{
    None = 0,
    Durable = 1,
    Transient = 2,
    Marks = 4,
    Expiring = 8,
    Deleted = 16,
}

/// <summary>
/// A queue's value, replaced with each commit.
/// <code>
/// version (1)  epoch (8)  boot (8)  traits (1)
/// next sequence (8)  delivered up to (8)  released (1)
/// bands (4)  each: priority (1) first (8) durable (8) durable octets (8) transient (8) transient octets (8)
/// links (4)  each: link (8) number (8) refused (4; -1: none) each (4)
/// </code>
/// </summary>
/// <param name="Epoch">The epoch of its owner; 0: never owned; <see cref="long.MaxValue"/>: deleted.</param>
/// <param name="Boot">The store's boot in which the row was written: an older one may count transient messages that a crash took.</param>
/// <param name="Traits">What it has had.</param>
internal readonly record struct QueueRow(long Epoch, long Boot, QueueTraits Traits)
{
    private const byte Version = 1;
    private const int Header = 18;
    private const int BandSize = 41;

    public static QueueRow Unseen { get; }

    public static int Size(QueueState state)
    {
        var size = Header + 17 + 4 + (state.Bands.Count * BandSize) + 4;
        for (var i = 0; i < state.Links.Count; i++)
        {
            size += 20 + ((state.Links[i].Refused?.Length ?? 0) * 4);
        }

        return size;
    }

    public int Write(QueueState state, Span<byte> row)
    {
        row[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(row[1..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(row[9..], Boot);
        row[17] = (byte)Traits;
        var rest = row[Header..];
        WriteInt64(state.NextSequence, ref rest);
        WriteInt64(state.DeliveredUpTo, ref rest);
        rest[0] = (byte)(state.Released ? 1 : 0);
        rest = rest[1..];
        WriteInt32(state.Bands.Count, ref rest);
        for (var i = 0; i < state.Bands.Count; i++)
        {
            WriteBand(state.Bands[i], ref rest);
        }

        WriteInt32(state.Links.Count, ref rest);
        for (var i = 0; i < state.Links.Count; i++)
        {
            WriteLink(state.Links[i], ref rest);
        }

        return row.Length - rest.Length;
    }

    public static QueueRow Read(ReadOnlySpan<byte> row)
    {
        if (row.Length < Header || row[0] != Version)
        {
            throw new InvalidDataException("A queue in the store has a form that this version does not know.");
        }

        return new QueueRow(
            BinaryPrimitives.ReadInt64LittleEndian(row[1..]),
            BinaryPrimitives.ReadInt64LittleEndian(row[9..]),
            (QueueTraits)row[17]);
    }

    public static QueueState ReadState(ReadOnlySpan<byte> row)
    {
        var rest = row[Header..];
        var nextSequence = ReadInt64(ref rest);
        var deliveredUpTo = ReadInt64(ref rest);
        var released = rest[0] != 0;
        rest = rest[1..];
        var bands = new StoredBand[ReadInt32(ref rest)];
        for (var i = 0; i < bands.Length; i++)
        {
            bands[i] = ReadBand(ref rest);
        }

        var links = new LinkPosition[ReadInt32(ref rest)];
        for (var i = 0; i < links.Length; i++)
        {
            links[i] = ReadLink(ref rest);
        }

        return new QueueState { NextSequence = nextSequence, DeliveredUpTo = deliveredUpTo, Released = released, Bands = bands, Links = links };
    }

    private static void WriteBand(StoredBand band, ref Span<byte> rest)
    {
        rest[0] = band.Priority;
        rest = rest[1..];
        WriteInt64(band.First, ref rest);
        WriteInt64(band.Durable, ref rest);
        WriteInt64(band.DurableBytes, ref rest);
        WriteInt64(band.Transient, ref rest);
        WriteInt64(band.TransientBytes, ref rest);
    }

    private static StoredBand ReadBand(ref ReadOnlySpan<byte> rest)
    {
        var priority = rest[0];
        rest = rest[1..];
        return new StoredBand
        {
            Priority = priority,
            First = ReadInt64(ref rest),
            Durable = ReadInt64(ref rest),
            DurableBytes = ReadInt64(ref rest),
            Transient = ReadInt64(ref rest),
            TransientBytes = ReadInt64(ref rest),
        };
    }

    private static void WriteLink(LinkPosition link, ref Span<byte> rest)
    {
        WriteInt64(link.Link, ref rest);
        WriteInt64(link.Number, ref rest);
        WriteInt32(link.Refused?.Length ?? -1, ref rest);
        foreach (var index in link.Refused ?? [])
        {
            WriteInt32(index, ref rest);
        }
    }

    private static LinkPosition ReadLink(ref ReadOnlySpan<byte> rest)
    {
        var link = ReadInt64(ref rest);
        var number = ReadInt64(ref rest);
        var count = ReadInt32(ref rest);
        if (count < 0)
        {
            return new LinkPosition(link, number, null);
        }

        var refused = new int[count];
        for (var i = 0; i < count; i++)
        {
            refused[i] = ReadInt32(ref rest);
        }

        return new LinkPosition(link, number, refused);
    }

    private static void WriteInt64(long value, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, value);
        rest = rest[8..];
    }

    private static void WriteInt32(int value, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, value);
        rest = rest[4..];
    }

    private static long ReadInt64(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[8..];
        return value;
    }

    private static int ReadInt32(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[4..];
        return value;
    }
}
