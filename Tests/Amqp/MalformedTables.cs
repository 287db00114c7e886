using CsCheck;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Tables;
using static OrleansBroker.Tests.Amqp.FieldTables;

namespace OrleansBroker.Tests.Amqp;

public class MalformedTables
{
    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "nothing", [] },
        { "half a length", [0, 0] },
        { "longer than what is there", [0, 0, 0, 5, 1, (byte)'a', (byte)'V'] },
        { "a negative length", [0xFF, 0xFF, 0xFF, 0xFF, 1, (byte)'a', (byte)'V'] },
        { "the most negative length", [0x80, 0, 0, 0] },
        { "a name without a value", Encoded([1, (byte)'a']) },
        { "a name that ends early", Encoded([9, (byte)'a']) },
        { "an unknown type", Encoded([1, (byte)'a', (byte)'?']) },
        { "an integer that ends early", Encoded([1, (byte)'a', (byte)'I', 0, 0]) },
        { "a string that ends early", Encoded([1, (byte)'a', (byte)'S', 0, 0, 0, 2, (byte)'b']) },
        { "a string of negative length", Encoded([1, (byte)'a', (byte)'S', 0xFF, 0xFF, 0xFF, 0xFE]) },
        { "an array longer than its table", Encoded([1, (byte)'a', (byte)'A', 0, 0, 0, 9, (byte)'V']) },
        { "an array of negative length", Encoded([1, (byte)'a', (byte)'A', 0xFF, 0xFF, 0xFF, 0xFF]) },
        { "octets of negative length", Encoded([1, (byte)'a', (byte)'x', 0x80, 0, 0, 0]) },
        { "a nested table that is cut", Encoded([1, (byte)'a', (byte)'F', 0, 0, 0, 2, 1, (byte)'b']) },
        { "a decimal with too many places", Encoded([1, (byte)'a', (byte)'D', 29, 0, 0, 0, 1]) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_no_table_is_refused_as_a_matter_of_format(string what, byte[] encoded)
    {
        Assert.NotEmpty(what);
        Assert.Throws<AmqpFormatException>(() => ReadFirst(encoded));
    }

    [Theory]
    [InlineData((byte)'F')]
    [InlineData((byte)'A')]
    public void Nesting_is_bounded(byte type)
    {
        Assert.Single(ReadFirst(Nested(FieldTableReader.MaxDepth, type)));
        Assert.Throws<AmqpFormatException>(() => ReadFirst(Nested(FieldTableReader.MaxDepth + 1, type)));
        Assert.Throws<AmqpFormatException>(() => ReadFirst(Nested(10_000, type)));
    }

    [Fact]
    public void What_a_reader_refuses_for_its_depth_is_not_written()
    {
        object? value = null;
        for (var i = 0; i < FieldTableReader.MaxDepth; i++)
        {
            value = i % 2 == 0 ? new object?[] { value } : new FieldTable([new("a", value)]);
        }

        var table = new FieldTable([new("a", value)]);
        Assert.Single(ReadFirst(FieldTableWriter.ToArray(table)));
        Assert.Throws<AmqpFormatException>(() => FieldTableWriter.ToArray(new FieldTable([new("a", table)])));
    }

    [Fact]
    public void The_number_of_values_is_bounded_nested_ones_counted()
    {
        static byte[] WithArray(int values) => Encoded(
            [1, (byte)'a', (byte)'A', (byte)(values >> 24), (byte)(values >> 16), (byte)(values >> 8), (byte)values, .. Enumerable.Repeat((byte)'V', values)]);
        Assert.Equal(FieldTableReader.MaxValues - 1, Assert.IsType<object?[]>(ReadFirst(WithArray(FieldTableReader.MaxValues - 1))["a"]).Length);
        Assert.Throws<AmqpFormatException>(() => ReadFirst(WithArray(FieldTableReader.MaxValues)));
    }

    [Fact]
    public void Random_octets_are_a_table_or_are_refused_and_nothing_else() =>
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Bool).Sample((octets, framed) => ReadOrRefuse(framed ? Encoded(octets) : octets));

    [Fact]
    public void A_table_with_some_octets_changed_is_a_table_or_is_refused_and_nothing_else()
    {
        var seed = FieldTableWriter.ToArray(new FieldTable(
        [
            new("text", "value"), new("array", new object?[] { 1, 2L, "three", null, new FieldTable([new("n", 1.5)]) }),
            new("bytes", new byte[] { 1, 2, 3 }), new("decimal", 3.14m), new("when", new AmqpTimestamp(1)),
        ]));
        Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            byte[] changed = [.. seed];
            foreach (var (at, octet) in changes)
            {
                changed[at] = octet;
            }

            ReadOrRefuse(changed);
        });
    }

    private static void ReadOrRefuse(byte[] encoded)
    {
        try
        {
            var table = ReadFirst(encoded);
            Assert.Equal(table, ReadFirst(FieldTableWriter.ToArray(table)), (one, other) => FieldValueComparer.Instance.Equals(one, other));
        }
        catch (AmqpFormatException refusal)
        {
            Assert.NotEmpty(refusal.Message);
        }
    }

    private static FieldTable ReadFirst(byte[] encoded)
    {
        ReadOnlySpan<byte> source = encoded;
        return FieldTableReader.Read(ref source);
    }

    private static byte[] Nested(int depth, byte type)
    {
        byte[] value = [(byte)'V'];
        for (var i = 0; i < depth; i++)
        {
            value = [type, .. Encoded(type == (byte)'F' ? [1, (byte)'a', .. value] : value)];
        }

        return Encoded([1, (byte)'a', .. value]);
    }
}
