using System.Buffers.Binary;
using CsCheck;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp;

public class FieldTables
{
    private static readonly Gen<object?> Scalar = Gen.OneOf<object?>(
        Boxed(Gen.Bool),
        Boxed(Gen.SByte),
        Boxed(Gen.Byte),
        Boxed(Gen.Short),
        Boxed(Gen.UShort),
        Boxed(Gen.Int),
        Boxed(Gen.UInt),
        Boxed(Gen.Long),
        Boxed(Gen.Float),
        Boxed(Gen.Double),
        Gen.Select(Gen.Int, Gen.Byte[0, 28], (digits, places) => (object?)new decimal(Math.Abs(digits / 2), 0, 0, digits < 0, places)),
        Boxed(Gen.String.Where(IsText)),
        Boxed(Gen.Byte.Array[0, 20]),
        Gen.Long.Select(seconds => (object?)new AmqpTimestamp(seconds)),
        Gen.Byte.Array[0, 8].Select(rest => (object?)new OpaqueText((byte[])[0xFF, .. rest])),
        Gen.Const((object?)null));

    private static readonly Gen<object?> AnyValue = Gen.Recursive<object?>((depth, nested) => depth > 3
        ? Scalar
        : Gen.Frequency<object?>((6, Scalar), (1, Boxed(nested.Array[0, 4])), (1, Boxed(Table(nested)))));

    /// <summary>The octets of one field named "a" for each type letter, and the value that they mean.</summary>
    public static TheoryData<byte[], object?> Fields => new()
    {
        { [(byte)'t', 1], true },
        { [(byte)'t', 0], false },
        { [(byte)'b', 0x80], sbyte.MinValue },
        { [(byte)'B', 0xFF], byte.MaxValue },
        { [(byte)'s', 0x80, 0], short.MinValue },
        { [(byte)'u', 0xFF, 0xFF], ushort.MaxValue },
        { [(byte)'I', 0x80, 0, 0, 0], int.MinValue },
        { [(byte)'i', 0xFF, 0xFF, 0xFF, 0xFF], uint.MaxValue },
        { [(byte)'l', 0x80, 0, 0, 0, 0, 0, 0, 0], long.MinValue },
        { [(byte)'f', 0x3F, 0xC0, 0, 0], 1.5f },
        { [(byte)'d', 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], 1.5 },
        { [(byte)'D', 2, 0, 0, 0x01, 0x3A], 3.14m },
        { [(byte)'D', 0, 0x80, 0, 0, 0], -2147483648m },
        { [(byte)'D', 28, 0, 0, 0, 1], 0.0000000000000000000000000001m },
        { [(byte)'S', 0, 0, 0, 2, 0xC3, 0xA9], "é" },
        { [(byte)'S', 0, 0, 0, 0], "" },
        { [(byte)'S', 0, 0, 0, 2, 0xC3, 0x28], new OpaqueText(new byte[] { 0xC3, 0x28 }) },
        { [(byte)'x', 0, 0, 0, 3, 1, 2, 3], new byte[] { 1, 2, 3 } },
        { [(byte)'T', 0, 0, 0, 0, 0x65, 0x92, 0, 0x80], new AmqpTimestamp(0x6592_0080) },
        { [(byte)'F', 0, 0, 0, 3, 1, (byte)'b', (byte)'V'], new FieldTable([new("b", null)]) },
        { [(byte)'A', 0, 0, 0, 3, (byte)'V', (byte)'t', 1], new object?[] { null, true } },
        { [(byte)'V'], null },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void Each_type_is_read_as_what_it_is_and_written_octet_by_octet(byte[] value, object? meaning)
    {
        var encoded = Encoded([1, (byte)'a', .. value]);
        var table = Read(encoded);
        Assert.Equal(meaning?.GetType(), table["a"]?.GetType());
        Assert.Equal(meaning, table["a"], FieldValueComparer.Instance);
        Assert.Equal(encoded, FieldTableWriter.ToArray(table));
    }

    [Fact]
    public void Both_letters_of_a_64_bit_integer_are_read() =>
        Assert.Equal(-2L, Read(Encoded([1, (byte)'a', (byte)'L', 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]))["a"]);

    [Fact]
    public void Whatever_is_written_is_read_again_and_then_written_alike() => Table(AnyValue).Sample(table =>
    {
        var encoded = FieldTableWriter.ToArray(table);
        var read = Read(encoded);
        Assert.Equal(table, read, (one, other) => FieldValueComparer.Instance.Equals(one, other));
        Assert.Equal(encoded, FieldTableWriter.ToArray(read));
    });

    [Fact]
    public void A_reader_stops_behind_the_table()
    {
        ReadOnlySpan<byte> source = [.. Encoded([1, (byte)'a', (byte)'V']), 42];
        FieldTableReader.Read(ref source);
        Assert.Equal([42], source.ToArray());
    }

    [Fact]
    public void Of_two_fields_with_one_name_the_later_counts_in_small_tables_and_in_large_ones()
    {
        foreach (var others in new[] { 0, 100 })
        {
            var table = new FieldTable([new("a", 1), .. Enumerable.Range(0, others).Select(i => KeyValuePair.Create($"n{i}", (object?)i)), new("a", 2)]);
            Assert.Equal(2, table["a"]);
            Assert.Equal(3, table.With("a", 3)["a"]);
            Assert.False(table.Without("a").ContainsKey("a"));
            Assert.Equal(others, table.Without("a").Count);
            Assert.False(table.ContainsKey("missing"));
        }
    }

    [Fact]
    public void A_change_makes_another_table()
    {
        var table = new FieldTable([new("a", 1), new("b", 2)]);
        Assert.Equal(["a", "b", "c"], table.With("c", 3).Select(field => field.Key));
        Assert.Equal(["a", "b"], table.With("a", 3).Select(field => field.Key));
        Assert.Equal(1, table["a"]);
        Assert.Same(table, table.Without("c"));
    }

    [Fact]
    public void A_name_of_255_octets_is_written_and_a_longer_one_refused()
    {
        var name = new string('n', 255);
        Assert.Equal(1, Read(FieldTableWriter.ToArray(new FieldTable([new(name, 1)])))[name]);
        Assert.Throws<AmqpFormatException>(() => FieldTableWriter.ToArray(new FieldTable([new(name + "n", 1)])));
        Assert.Throws<AmqpFormatException>(() => FieldTableWriter.ToArray(new FieldTable([new(new string('é', 128), 1)])));
    }

    [Fact]
    public void What_has_no_form_in_AMQP_is_not_written()
    {
        Assert.Throws<AmqpFormatException>(() => FieldTableWriter.ToArray(new FieldTable([new("a", 1UL)])));
        Assert.Throws<AmqpFormatException>(() => FieldTableWriter.ToArray(new FieldTable([new("a", 2147483648m)])));
        Assert.Throws<AmqpFormatException>(() => FieldTableWriter.ToArray(new FieldTable([new("a", decimal.MaxValue)])));
    }

    internal static byte[] Encoded(byte[] fields)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, fields.Length);
        return [.. length, .. fields];
    }

    internal static FieldTable Read(byte[] encoded)
    {
        ReadOnlySpan<byte> source = encoded;
        var table = FieldTableReader.Read(ref source);
        Assert.True(source.IsEmpty);
        return table;
    }

    private static Gen<FieldTable> Table(Gen<object?> value) =>
        Gen.Select(Gen.String[0, 8].Where(IsText), value, (name, v) => KeyValuePair.Create(name, v)).Array[0, 6].Select(fields => new FieldTable(fields));

    private static Gen<object?> Boxed<T>(Gen<T> values) => values.Select(value => (object?)value);

    private static bool IsText(string text) => !text.Any(char.IsSurrogate);
}
