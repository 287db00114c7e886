using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>Reads what a <see cref="RowWriter"/> wrote.</summary>
internal ref struct RowReader
{
    private ReadOnlySpan<byte> _left;

    /// <summary>Begins to read; <paramref name="newest"/> is the newest format that the caller knows.</summary>
    /// <exception cref="InvalidDataException">A newer version of the broker wrote the row.</exception>
    public RowReader(byte[] value, byte newest)
    {
        _left = value;
        Format = Byte();
        if (Format == 0 || Format > newest)
        {
            throw new InvalidDataException($"a topology row has format {Format}, this version knows up to {newest}");
        }
    }

    public byte Format { get; }

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd => _left.IsEmpty;

    public byte Byte() => Take(1)[0];

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public string Text() => Encoding.UTF8.GetString(Take(Length()));

    public Guid Guid() => new(Take(16), bigEndian: true);

    public FieldTable Table()
    {
        var encoded = Take(Length());
        return encoded.IsEmpty ? FieldTable.Empty : FieldTableReader.Read(ref encoded);
    }

    private int Length() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_left.Length)
        {
            throw new InvalidDataException($"a topology row ends {count - _left.Length} octets early");
        }

        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }
}
