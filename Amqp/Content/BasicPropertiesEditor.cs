using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Content;

/// <summary>Changes encoded properties and leaves every octet that the change does not concern as the publisher wrote it.</summary>
public static class BasicPropertiesEditor
{
    /// <summary>The properties without the named header; a copy of them as they are where it is absent.</summary>
    /// <exception cref="AmqpFormatException">The bytes are no property list.</exception>
    public static byte[] WithoutHeader(ReadOnlySpan<byte> encoded, string name)
    {
        var rest = encoded;
        if (!BasicPropertiesReader.Seek(ref rest, PropertyFlags.Headers))
        {
            return encoded.ToArray();
        }

        var at = encoded.Length - rest.Length;
        var fields = FieldTableReader.TakeLong(ref rest);
        var edited = new byte[encoded.Length];
        encoded[..(at + 4)].CopyTo(edited);
        var length = CopyFields(fields, Encoding.UTF8.GetBytes(name), edited.AsSpan(at + 4));
        BinaryPrimitives.WriteInt32BigEndian(edited.AsSpan(at), length);
        rest.CopyTo(edited.AsSpan(at + 4 + length));
        return edited[..(at + 4 + length + rest.Length)];
    }

    private static int CopyFields(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> omitted, Span<byte> target)
    {
        var length = 0;
        while (!fields.IsEmpty)
        {
            var field = fields;
            var name = FieldTableReader.Take(ref fields, FieldTableReader.Take(ref fields, 1)[0]);
            FieldTableReader.SkipValue(ref fields);
            if (!name.SequenceEqual(omitted))
            {
                field = field[..^fields.Length];
                field.CopyTo(target[length..]);
                length += field.Length;
            }
        }

        return length;
    }
}
