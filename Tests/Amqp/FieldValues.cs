using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Amqp;

public class FieldValues
{
    public static TheoryData<object?, object?, bool> Pairs => new()
    {
        { 1, 1L, true },
        { (sbyte)-1, (short)-1, true },
        { (byte)200, 200u, true },
        { uint.MaxValue, -1, false },
        { 1.5f, 1.5, true },
        { double.NaN, float.NaN, true },
        { 1, 1.0, false },
        { 1, "1", false },
        { 1, true, false },
        { null, null, true },
        { null, 0, false },
        { "a", "a", true },
        { "a", "A", false },
        { "a", new byte[] { 97 }, false },
        { new byte[] { 1 }, new byte[] { 1 }, true },
        { new OpaqueText(new byte[] { 255 }), new OpaqueText(new byte[] { 255 }), true },
        { new OpaqueText(new byte[] { 255 }), new byte[] { 255 }, false },
        { new AmqpTimestamp(1), new AmqpTimestamp(1), true },
        { new AmqpTimestamp(1), 1L, false },
        { 1.0m, 1.0m, true },
        { new object?[] { 1, "a" }, new object?[] { 1L, "a" }, true },
        { new object?[] { 1, "a" }, new object?[] { "a", 1 }, false },
        { new object?[] { 1 }, new object?[] { 1, 2 }, false },
        { new FieldTable([new("a", 1), new("b", null)]), new FieldTable([new("b", null), new("a", 1L)]), true },
        { new FieldTable([new("a", 1)]), new FieldTable([new("a", 1), new("b", null)]), false },
        { new FieldTable([new("a", 9), new("a", 1)]), new FieldTable([new("a", 1)]), true },
        { FieldTable.Empty, new FieldTable([]), true },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Values_are_compared_by_what_they_mean(object? one, object? other, bool equal)
    {
        Assert.Equal(equal, FieldValueComparer.Instance.Equals(one, other));
        Assert.Equal(equal, FieldValueComparer.Instance.Equals(other, one));
        if (equal)
        {
            Assert.Equal(FieldValueComparer.Instance.GetHashCode(one), FieldValueComparer.Instance.GetHashCode(other));
        }
    }

    [Fact]
    public void Deep_tables_are_compared_in_one_pass()
    {
        Assert.Equal(Deep(), Deep(), FieldValueComparer.Instance);

        static FieldTable Deep()
        {
            var table = new FieldTable([new("a", 1)]);
            for (var i = 0; i < 200; i++)
            {
                table = new FieldTable([new("a", table)]);
            }

            return table;
        }
    }
}
