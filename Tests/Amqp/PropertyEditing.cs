using CsCheck;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp;

public class PropertyEditing
{
    [Fact]
    public void A_header_is_taken_out_and_every_other_octet_stays() => Gen.Int[0, 5].Array[0, 8].Sample(names =>
    {
        var fields = names.Select((name, i) => KeyValuePair.Create($"h{name}", (object?)new object?[] { i, $"v{i}" })).ToArray();
        var properties = new BasicProperties { ContentType = "c", Headers = new FieldTable(fields), MessageId = "m" };
        var edited = BasicPropertiesEditor.WithoutHeader(BasicPropertiesWriter.ToArray(properties), "h0");
        var expected = properties with { Headers = new FieldTable(fields.Where(field => field.Key != "h0")) };
        Assert.Equal(BasicPropertiesWriter.ToArray(expected), edited);
    });

    [Fact]
    public void Octets_that_another_encoder_chose_are_kept()
    {
        // 'L' is another letter for a 64-bit integer, and 2 another truth: writing the table anew would change both.
        byte[] kept = [1, (byte)'a', (byte)'L', 0, 0, 0, 0, 0, 0, 0, 1, 1, (byte)'b', (byte)'t', 2];
        byte[] taken = [3, (byte)'B', (byte)'C', (byte)'C', (byte)'A', 0, 0, 0, 0];
        byte[] encoded = [0x20, 0x80, .. FieldTables.Encoded([.. kept, .. taken]), 1, (byte)'m'];
        byte[] expected = [0x20, 0x80, .. FieldTables.Encoded(kept), 1, (byte)'m'];
        Assert.Equal(expected, BasicPropertiesEditor.WithoutHeader(encoded, "BCC"));
    }

    [Fact]
    public void Properties_without_headers_are_copied()
    {
        var encoded = BasicPropertiesWriter.ToArray(new BasicProperties { Type = "t" });
        Assert.Equal(encoded, BasicPropertiesEditor.WithoutHeader(encoded, "BCC"));
        Assert.Empty(BasicPropertiesEditor.WithoutHeader([], "BCC"));
    }

    [Theory]
    [MemberData(nameof(FieldTables.Fields), MemberType = typeof(FieldTables))]
    public void A_value_of_each_type_can_be_taken_out_and_passed_over(byte[] value, object? meaning)
    {
        _ = meaning;
        byte[] field = [1, (byte)'a', .. value];
        byte[] other = [1, (byte)'b', (byte)'V'];
        byte[] encoded = [0x20, 0, .. FieldTables.Encoded([.. field, .. other])];
        Assert.Equal([0x20, 0, .. FieldTables.Encoded(other)], BasicPropertiesEditor.WithoutHeader(encoded, "a"));
        Assert.Equal([0x20, 0, .. FieldTables.Encoded(field)], BasicPropertiesEditor.WithoutHeader(encoded, "b"));
    }
}
