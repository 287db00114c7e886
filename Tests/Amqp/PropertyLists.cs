using CsCheck;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp;

public class PropertyLists
{
    private static readonly Gen<string?> Text = Gen.String[0, 12].Where(text => !text.Any(char.IsSurrogate)).Null();
    private static readonly Gen<FieldTable?> SomeHeaders =
        Gen.Int[0, 3].Select(count => count == 3 ? null : new FieldTable(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"h{i}", (object?)i))));

    private static readonly Gen<BasicProperties> AnyProperties = Gen.Select(
        Text.Array[10],
        SomeHeaders,
        Gen.Byte.Nullable(),
        Gen.Byte.Nullable(),
        Gen.Long.Nullable(),
        (text, headers, mode, priority, timestamp) => new BasicProperties
        {
            ContentType = text[0],
            ContentEncoding = text[1],
            Headers = headers,
            DeliveryMode = mode,
            Priority = priority,
            CorrelationId = text[2],
            ReplyTo = text[3],
            Expiration = text[4],
            MessageId = text[5],
            Timestamp = timestamp is { } seconds ? new AmqpTimestamp(seconds) : null,
            Type = text[6],
            UserId = text[7],
            AppId = text[8],
            ClusterId = text[9],
        });

    [Fact]
    public void Texts_that_are_no_UTF8_are_written_as_they_were_read() => Gen.Byte.Array[0, 255].Array[2].Sample(octets =>
    {
        byte[] headers = [(byte)octets[1].Length, .. octets[1], (byte)'V'];
        byte[] encoded = [0xA0, 0, (byte)octets[0].Length, .. octets[0], 0, 0, (byte)(headers.Length >> 8), (byte)headers.Length, .. headers];
        BasicPropertiesReader.Validate(encoded);
        Assert.Equal(encoded, BasicPropertiesWriter.ToArray(BasicPropertiesReader.Read(encoded)));
    });

    [Fact]
    public void The_list_has_the_order_and_the_flags_of_the_specification()
    {
        var encoded = BasicPropertiesWriter.ToArray(new BasicProperties
        {
            ContentType = "c",
            Headers = new FieldTable([new("h", true)]),
            DeliveryMode = 2,
            Priority = 9,
            Expiration = "60",
            Timestamp = new AmqpTimestamp(1),
            ClusterId = "k",
        });
        byte[] expected =
        [
            0b1011_1001, 0b0100_0100,
            1, (byte)'c',
            0, 0, 0, 4, 1, (byte)'h', (byte)'t', 1,
            2,
            9,
            2, (byte)'6', (byte)'0',
            0, 0, 0, 0, 0, 0, 0, 1,
            1, (byte)'k',
        ];
        Assert.Equal(expected, encoded);
    }

    [Fact]
    public void Whatever_is_written_is_read_again_as_a_whole_and_property_by_property() => AnyProperties.Sample(properties =>
    {
        var encoded = BasicPropertiesWriter.ToArray(properties);
        var read = BasicPropertiesReader.Read(encoded);
        Assert.Equal(properties with { Headers = null }, read with { Headers = null });
        Assert.Equal(properties.Headers, read.Headers, FieldValueComparer.Instance);
        Assert.Equal(encoded, BasicPropertiesWriter.ToArray(read));
        Assert.Equal(properties.DeliveryMode == 2, BasicPropertiesReader.IsPersistent(encoded));
        Assert.Equal(properties.Priority, BasicPropertiesReader.Priority(encoded));
        Assert.Equal(properties.Expiration, BasicPropertiesReader.Expiration(encoded));
        Assert.Equal(properties.Headers, BasicPropertiesReader.Headers(encoded), FieldValueComparer.Instance);
    });

    [Fact]
    public void No_octets_and_no_flags_mean_no_properties()
    {
        Assert.Equal(BasicProperties.Empty, BasicPropertiesReader.Read([]));
        Assert.Equal(BasicProperties.Empty, BasicPropertiesReader.Read([0, 0]));
        Assert.Equal([0, 0], BasicPropertiesWriter.ToArray(BasicProperties.Empty));
        Assert.False(BasicPropertiesReader.IsPersistent([]));
        Assert.Null(BasicPropertiesReader.Headers([]));
        Assert.Equal(PropertyFlags.None, BasicPropertiesReader.Flags([]));
    }

    [Fact]
    public void A_second_word_of_flags_is_refused() =>
        Assert.Throws<AmqpFormatException>(() => BasicPropertiesReader.Read([0x80, 0x01, 0, 0, 1, (byte)'c']));

    [Theory]
    [InlineData(new byte[] { 0xF0, 0, 1, (byte)'c', 1, (byte)'e', 0xFF, 0xFF, 0xFF, 0xFF, 2 })]
    [InlineData(new byte[] { 0x30, 0, 0x80, 0, 0, 0, 2 })]
    [InlineData(new byte[] { 0x30, 0, 0x7F, 0xFF, 0xFF, 0xFF, 2 })]
    [InlineData(new byte[] { 0x90, 0, 200, (byte)'c', 2 })]
    [InlineData(new byte[] { 0x90, 0, 1, (byte)'c' })]
    [InlineData(new byte[] { 0x90, 0 })]
    [InlineData(new byte[] { 0x30, 0, 0, 0 })]
    public void Lengths_that_lie_are_refused_where_a_property_is_sought_behind_them(byte[] encoded) =>
        Assert.Throws<AmqpFormatException>(() => BasicPropertiesReader.IsPersistent(encoded));

    [Fact]
    public void Every_way_to_read_random_octets_gives_properties_or_refuses_them_and_nothing_else() =>
        Gen.Select(Gen.UShort, Gen.Byte.Array[0, 40]).Sample((flags, octets) => ReadEveryWay([(byte)(flags >> 8), (byte)flags, .. octets]));

    [Fact]
    public void Properties_that_are_cut_off_anywhere_are_refused_or_have_what_was_sought() => AnyProperties.Sample(properties =>
    {
        var encoded = BasicPropertiesWriter.ToArray(properties);
        for (var length = 0; length < encoded.Length; length++)
        {
            ReadEveryWay(encoded[..length]);
            if (length > 0)
            {
                Assert.Throws<AmqpFormatException>(() => BasicPropertiesReader.Read(encoded.AsSpan(0, length)));
            }
        }
    }, iter: 200);

    private static void ReadEveryWay(byte[] encoded)
    {
        Action[] ways =
        [
            () => BasicPropertiesReader.Read(encoded),
            () => BasicPropertiesReader.IsPersistent(encoded),
            () => BasicPropertiesReader.Priority(encoded),
            () => BasicPropertiesReader.Expiration(encoded),
            () => BasicPropertiesReader.Headers(encoded),
            () => BasicPropertiesEditor.WithoutHeader(encoded, "h"),
        ];
        foreach (var way in ways)
        {
            try
            {
                way();
            }
            catch (AmqpFormatException refusal)
            {
                Assert.NotEmpty(refusal.Message);
            }
        }
    }
}
