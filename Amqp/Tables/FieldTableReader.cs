using System.Buffers.Binary;
using System.Text;

namespace OrleansBroker.Amqp.Tables;

/// <summary>Decodes field tables (AMQP 0-9-1 §4.2.5.5, with the type letters that RabbitMQ and its clients use).</summary>
public static class FieldTableReader
{
    /// <summary>Deepest nesting of tables and arrays that is accepted: legitimate headers stay far below, and a parser's stack stays bounded.</summary>
    public const int MaxDepth = 16;

    /// <summary>
    /// Most values one table may hold, nested ones counted: a void in an array costs the sender one byte but us an object reference,
    /// so the number of values is bounded apart from the size in bytes.
    /// </summary>
    public const int MaxValues = 16_384;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a table with its leading 32-bit length and moves <paramref name="source"/> past it.</summary>
    /// <exception cref="AmqpFormatException">The bytes are no table, or exceed <see cref="MaxDepth"/> or <see cref="MaxValues"/>.</exception>
    public static FieldTable Read(ref ReadOnlySpan<byte> source)
    {
        var budget = MaxValues;
        return ReadTable(ref source, depth: 0, ref budget);
    }

    /// <summary>Reads a short string (one length octet) and moves past it.</summary>
    public static string ReadShortString(ref ReadOnlySpan<byte> source)
    {
        var length = Take(ref source, 1)[0];
        try
        {
            return Utf8.GetString(Take(ref source, length));
        }
        catch (DecoderFallbackException)
        {
            throw MalformedShortString();
        }
    }

    /// <summary>Checks without allocating that <see cref="Read"/> would accept the table, and moves past it.</summary>
    /// <exception cref="AmqpFormatException">It would not.</exception>
    public static void Validate(ref ReadOnlySpan<byte> source)
    {
        var budget = MaxValues;
        ValidateNested(ref source, named: true, depth: 0, ref budget);
    }

    /// <summary>Takes a short string as its octets, checked to be UTF-8.</summary>
    internal static ReadOnlySpan<byte> TakeShortOctets(scoped ref ReadOnlySpan<byte> source)
    {
        var octets = Take(ref source, Take(ref source, 1)[0]);
        return System.Text.Unicode.Utf8.IsValid(octets) ? octets : throw MalformedShortString();
    }

    /// <summary>Takes a short string that is passed on, whatever its octets are.</summary>
    internal static ReadOnlySpan<byte> TakeLenient(scoped ref ReadOnlySpan<byte> source) => Take(ref source, Take(ref source, 1)[0]);

    /// <summary>Reads a short string that is passed on: see <see cref="LenientText"/>.</summary>
    internal static string ReadLenientText(ref ReadOnlySpan<byte> source) => LenientText.Decode(TakeLenient(ref source));

    // Apart from the check, which is then small enough to be inlined.
    private static AmqpFormatException DoesNotFit(int count, int left) =>
        new($"a field of {(uint)count} octets does not fit into the {left} that are left");

    private static AmqpFormatException MalformedShortString() => new("Malformed UTF-8 in shortstr", ReplyCodes.FrameError);

    internal static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> source, int count)
    {
        if (count < 0 || count > source.Length)
        {
            throw DoesNotFit(count, source.Length);
        }

        var taken = source[..count];
        source = source[count..];
        return taken;
    }

    internal static ReadOnlySpan<byte> TakeLong(scoped ref ReadOnlySpan<byte> source)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(Take(ref source, 4));
        return Take(ref source, length > int.MaxValue ? -1 : (int)length);
    }

    /// <summary>Moves past a value, its type letter included, without decoding it.</summary>
    internal static void SkipValue(ref ReadOnlySpan<byte> source)
    {
        var type = Take(ref source, 1)[0];
        switch (type)
        {
            case (byte)'S' or (byte)'x' or (byte)'F' or (byte)'A':
                TakeLong(ref source);
                break;
            default:
                Take(ref source, FixedSizeOf(type));
                break;
        }
    }

    private static int FixedSizeOf(byte type) => type switch
    {
        (byte)'V' => 0,
        (byte)'t' or (byte)'b' or (byte)'B' => 1,
        (byte)'s' or (byte)'u' => 2,
        (byte)'I' or (byte)'i' or (byte)'f' => 4,
        (byte)'D' => 5,
        (byte)'l' or (byte)'L' or (byte)'d' or (byte)'T' => 8,
        _ => throw new AmqpFormatException($"unknown field type 0x{type:X2}"),
    };

    private static void ValidateNested(ref ReadOnlySpan<byte> source, bool named, int depth, ref int budget)
    {
        var body = TakeNested(ref source, depth);
        while (!body.IsEmpty)
        {
            if (named)
            {
                TakeLenient(ref body);
            }

            Spend(ref budget);
            switch (body.IsEmpty ? 0 : body[0])
            {
                case 'F' or 'A':
                    ValidateNested(ref body, named: Take(ref body, 1)[0] == 'F', depth + 1, ref budget);
                    break;
                case 'D':
                    Take(ref body, 1);
                    ReadDecimal(ref body);
                    break;
                default:
                    SkipValue(ref body);
                    break;
            }
        }
    }

    private static void Spend(ref int budget)
    {
        if (--budget < 0)
        {
            throw new AmqpFormatException($"a table may hold {MaxValues} values at most");
        }
    }

    private static FieldTable ReadTable(ref ReadOnlySpan<byte> source, int depth, ref int budget)
    {
        var body = TakeNested(ref source, depth);
        if (body.IsEmpty)
        {
            return FieldTable.Empty;
        }

        var fields = new List<KeyValuePair<string, object?>>();
        while (!body.IsEmpty)
        {
            var name = ReadLenientText(ref body);
            fields.Add(new(name, ReadValue(ref body, depth, ref budget)));
        }

        return new FieldTable(fields);
    }

    private static object?[] ReadArray(ref ReadOnlySpan<byte> source, int depth, ref int budget)
    {
        var body = TakeNested(ref source, depth);
        var values = new List<object?>();
        while (!body.IsEmpty)
        {
            values.Add(ReadValue(ref body, depth, ref budget));
        }

        return [.. values];
    }

    private static ReadOnlySpan<byte> TakeNested(ref ReadOnlySpan<byte> source, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new AmqpFormatException($"tables and arrays may nest {MaxDepth} deep at most");
        }

        return TakeLong(ref source);
    }

    private static object? ReadValue(ref ReadOnlySpan<byte> source, int depth, ref int budget)
    {
        Spend(ref budget);
        var type = Take(ref source, 1)[0];
        return type switch
        {
            (byte)'t' => Take(ref source, 1)[0] != 0,
            (byte)'b' => (sbyte)Take(ref source, 1)[0],
            (byte)'B' => Take(ref source, 1)[0],
            (byte)'s' => BinaryPrimitives.ReadInt16BigEndian(Take(ref source, 2)),
            (byte)'u' => BinaryPrimitives.ReadUInt16BigEndian(Take(ref source, 2)),
            (byte)'I' => BinaryPrimitives.ReadInt32BigEndian(Take(ref source, 4)),
            (byte)'i' => BinaryPrimitives.ReadUInt32BigEndian(Take(ref source, 4)),
            (byte)'l' or (byte)'L' => BinaryPrimitives.ReadInt64BigEndian(Take(ref source, 8)),
            (byte)'f' => BinaryPrimitives.ReadSingleBigEndian(Take(ref source, 4)),
            (byte)'d' => BinaryPrimitives.ReadDoubleBigEndian(Take(ref source, 8)),
            (byte)'D' => ReadDecimal(ref source),
            (byte)'S' => ReadLongString(ref source),
            (byte)'x' => TakeLong(ref source).ToArray(),
            (byte)'T' => new AmqpTimestamp(BinaryPrimitives.ReadInt64BigEndian(Take(ref source, 8))),
            (byte)'F' => ReadTable(ref source, depth + 1, ref budget),
            (byte)'A' => ReadArray(ref source, depth + 1, ref budget),
            (byte)'V' => null,
            _ => throw new AmqpFormatException($"unknown field type 0x{type:X2}"),
        };
    }

    private static object ReadLongString(ref ReadOnlySpan<byte> source)
    {
        var bytes = TakeLong(ref source);
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return new OpaqueText(bytes.ToArray());
        }
    }

    private static decimal ReadDecimal(ref ReadOnlySpan<byte> source)
    {
        var scale = Take(ref source, 1)[0];
        var value = BinaryPrimitives.ReadInt32BigEndian(Take(ref source, 4));
        if (scale > 28)
        {
            throw new AmqpFormatException($"a decimal may have 28 places at most, not {scale}");
        }

        return new decimal(unchecked((int)(uint)Math.Abs((long)value)), 0, 0, value < 0, scale);
    }
}
