using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>
/// Writes a row's value: one octet that says its format, then the fields. Rows outlive versions of the broker, therefore the format
/// is ours, depends on no serializer, and only ever gets fields at its end.
/// </summary>
internal readonly struct RowWriter
{
    private readonly ArrayBufferWriter<byte> _buffer;

    public RowWriter(byte format)
    {
        _buffer = new ArrayBufferWriter<byte>(64);
        Byte(format);
    }

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Length(length);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length));
        _buffer.Advance(length);
    }

    public void Guid(Guid value)
    {
        value.TryWriteBytes(_buffer.GetSpan(16), bigEndian: true, out _);
        _buffer.Advance(16);
    }

    /// <summary>The table in its AMQP encoding, which keeps every type exact.</summary>
    public void Table(FieldTable value)
    {
        if (value.Count == 0)
        {
            Length(0);
            return;
        }

        var encoded = FieldTableWriter.ToArray(value);
        Length(encoded.Length);
        _buffer.Write(encoded);
    }

    private void Length(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }
}
