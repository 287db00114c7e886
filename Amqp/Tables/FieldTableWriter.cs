using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OrleansBroker.Amqp.Tables;

/// <summary>Encodes field tables (AMQP 0-9-1 §4.2.5.5) with the type letters that RabbitMQ uses.</summary>
public static class FieldTableWriter
{
    /// <summary>Writes the table with its leading 32-bit length.</summary>
    /// <exception cref="AmqpFormatException">
    /// A name is longer than 255 octets, a value's type has no AMQP form, or the table nests deeper than a reader accepts.
    /// </exception>
    public static void Write(FieldTable table, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(output);
        WriteTable(table, output, depth: 0);
    }

    /// <summary>The table as bytes, with its leading length.</summary>
    public static byte[] ToArray(FieldTable table)
    {
        var output = new ArrayBufferWriter<byte>(64);
        Write(table, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes a short string: one length octet, then UTF-8.</summary>
    /// <exception cref="AmqpFormatException">The text takes more than 255 octets.</exception>
    public static void WriteShortString(string text, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var length = ShortStringLength(Encoding.UTF8.GetByteCount(text));
        var span = output.GetSpan(length + 1);
        span[0] = (byte)length;
        Encoding.UTF8.GetBytes(text, span[1..]);
        output.Advance(length + 1);
    }

    internal static int ShortStringLength(int length) => length <= byte.MaxValue
        ? length
        : throw new AmqpFormatException($"a short string may take 255 octets at most, not {length}");

    private static void WriteLong(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), bytes.Length);
        output.Advance(4);
        output.Write(bytes);
    }

    private static void WriteTable(FieldTable table, IBufferWriter<byte> output, int depth)
    {
        CheckDepth(depth);
        var body = new ArrayBufferWriter<byte>(64);
        foreach (var (name, value) in table)
        {
            LenientText.Write(name, body);
            WriteValue(value, body, depth);
        }

        WriteLong(body.WrittenSpan, output);
    }

    private static void CheckDepth(int depth)
    {
        if (depth > FieldTableReader.MaxDepth)
        {
            throw new AmqpFormatException($"tables and arrays may nest {FieldTableReader.MaxDepth} deep at most");
        }
    }

    private static void WriteValue(object? value, IBufferWriter<byte> output, int depth)
    {
        Span<byte> fixedSize = stackalloc byte[9];
        var length = EncodeFixed(value, fixedSize);
        if (length > 0)
        {
            output.Write(fixedSize[..length]);
            return;
        }

        switch (value)
        {
            case string text:
                output.Write("S"u8);
                WriteLong(Encoding.UTF8.GetBytes(text), output);
                break;
            case OpaqueText opaque:
                output.Write("S"u8);
                WriteLong(opaque.Octets.Span, output);
                break;
            case byte[] bytes:
                output.Write("x"u8);
                WriteLong(bytes, output);
                break;
            case FieldTable table:
                output.Write("F"u8);
                WriteTable(table, output, depth + 1);
                break;
            case IReadOnlyList<object?> values:
                output.Write("A"u8);
                WriteArray(values, output, depth + 1);
                break;
            default:
                throw new AmqpFormatException($"a value of type {value?.GetType().Name} has no AMQP form");
        }
    }

    private static void WriteArray(IReadOnlyList<object?> values, IBufferWriter<byte> output, int depth)
    {
        CheckDepth(depth);
        var body = new ArrayBufferWriter<byte>(64);
        foreach (var value in values)
        {
            WriteValue(value, body, depth);
        }

        WriteLong(body.WrittenSpan, output);
    }

    private static int EncodeFixed(object? value, Span<byte> target)
    {
        var payload = target[1..];
        switch (value)
        {
            case null: target[0] = (byte)'V'; return 1;
            case bool v: target[0] = (byte)'t'; payload[0] = v ? (byte)1 : (byte)0; return 2;
            case sbyte v: target[0] = (byte)'b'; payload[0] = (byte)v; return 2;
            case byte v: target[0] = (byte)'B'; payload[0] = v; return 2;
            case short v: target[0] = (byte)'s'; BinaryPrimitives.WriteInt16BigEndian(payload, v); return 3;
            case ushort v: target[0] = (byte)'u'; BinaryPrimitives.WriteUInt16BigEndian(payload, v); return 3;
            case int v: target[0] = (byte)'I'; BinaryPrimitives.WriteInt32BigEndian(payload, v); return 5;
            case uint v: target[0] = (byte)'i'; BinaryPrimitives.WriteUInt32BigEndian(payload, v); return 5;
            case long v: target[0] = (byte)'l'; BinaryPrimitives.WriteInt64BigEndian(payload, v); return 9;
            case float v: target[0] = (byte)'f'; BinaryPrimitives.WriteSingleBigEndian(payload, v); return 5;
            case double v: target[0] = (byte)'d'; BinaryPrimitives.WriteDoubleBigEndian(payload, v); return 9;
            case AmqpTimestamp v: target[0] = (byte)'T'; BinaryPrimitives.WriteInt64BigEndian(payload, v.UnixTimeSeconds); return 9;
            case decimal v: target[0] = (byte)'D'; return EncodeDecimal(v, payload);
            default: return 0;
        }
    }

    private static int EncodeDecimal(decimal value, Span<byte> payload)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var digits = decimal.IsNegative(value) ? -(long)(uint)bits[0] : (uint)bits[0];
        if (bits[1] != 0 || bits[2] != 0 || digits is < int.MinValue or > int.MaxValue)
        {
            throw new AmqpFormatException($"the decimal {value} does not fit into AMQP's 32 bits");
        }

        payload[0] = value.Scale;
        BinaryPrimitives.WriteInt32BigEndian(payload[1..], (int)digits);
        return 6;
    }
}
