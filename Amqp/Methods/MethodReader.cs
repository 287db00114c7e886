using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Methods;

/// <summary>
/// Reads a method's arguments, named by their types in AMQP 0-9-1 §4.2.5. Each call moves on, and throws
/// <see cref="AmqpFormatException"/> where the payload ends before the argument does.
/// </summary>
public ref struct MethodReader
{
    private ReadOnlySpan<byte> _rest;

    private MethodReader(ReadOnlySpan<byte> arguments) => _rest = arguments;

    /// <summary>Decodes a method frame's payload, which starts with the ids that <see cref="MethodIds.Read"/> has read.</summary>
    /// <exception cref="AmqpFormatException">The payload is no such method, or octets are left over.</exception>
    public static TMethod Decode<TMethod>(ReadOnlySpan<byte> payload)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var reader = new MethodReader(payload[4..]);
        var method = TMethod.Read(ref reader);
        reader.ExpectEnd();
        return method;
    }

    /// <summary>Checks that the payload of a method without arguments has none.</summary>
    /// <exception cref="AmqpFormatException">Octets follow the ids.</exception>
    public static void DecodeEmpty(ReadOnlySpan<byte> payload) => new MethodReader(payload[4..]).ExpectEnd();

    /// <summary>An octet; also how up to eight consecutive bits are packed, the first into the lowest (§4.2.5.2).</summary>
    public byte ReadOctet() => FieldTableReader.Take(ref _rest, 1)[0];

    /// <summary>A bit that stands alone.</summary>
    public bool ReadBit() => (ReadOctet() & 1) != 0;

    /// <summary>A 16-bit integer.</summary>
    public ushort ReadShort() => BinaryPrimitives.ReadUInt16BigEndian(FieldTableReader.Take(ref _rest, 2));

    /// <summary>A 32-bit integer.</summary>
    public uint ReadLong() => BinaryPrimitives.ReadUInt32BigEndian(FieldTableReader.Take(ref _rest, 4));

    /// <summary>A 64-bit integer.</summary>
    public ulong ReadLongLong() => BinaryPrimitives.ReadUInt64BigEndian(FieldTableReader.Take(ref _rest, 8));

    /// <summary>A short string.</summary>
    public string ReadShortString() => FieldTableReader.ReadShortString(ref _rest);

    /// <summary>A short string as the octets in the payload, checked to be UTF-8.</summary>
    public ReadOnlySpan<byte> ReadShortOctets() => FieldTableReader.TakeShortOctets(ref _rest);

    /// <summary>A long string, copied; any octets are allowed in it.</summary>
    public ReadOnlyMemory<byte> ReadLongString() => FieldTableReader.TakeLong(ref _rest).ToArray();

    /// <summary>A long string that is text; what is no UTF-8 in it is replaced.</summary>
    public string ReadLongText() => Encoding.UTF8.GetString(FieldTableReader.TakeLong(ref _rest));

    /// <summary>A field table, within the limits of <see cref="FieldTableReader"/>.</summary>
    public FieldTable ReadTable() => FieldTableReader.Read(ref _rest);

    private readonly void ExpectEnd()
    {
        if (!_rest.IsEmpty)
        {
            throw Overlong(_rest.Length);
        }
    }

    private static AmqpFormatException Overlong(int left) => new($"{left} octets follow the method's last argument");
}
