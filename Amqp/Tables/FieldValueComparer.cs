using System.Globalization;

namespace OrleansBroker.Amqp.Tables;

/// <summary>
/// Compares values of field tables as arguments and headers are compared: integers by value whatever their width, floating-point
/// numbers likewise, tables by their fields in any order, arrays item by item, everything else by type and value.
/// </summary>
public sealed class FieldValueComparer : IEqualityComparer<object?>
{
    private FieldValueComparer()
    {
    }

    /// <summary>The comparer; it has no state.</summary>
    public static FieldValueComparer Instance { get; } = new();

    /// <inheritdoc/>
    public new bool Equals(object? x, object? y) => (x, y) switch
    {
        (null, null) => true,
        (string one, string other) => string.Equals(one, other, StringComparison.Ordinal),
        (bool one, bool other) => one == other,
        (byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other),
        (OpaqueText one, OpaqueText other) => one.Equals(other),
        (AmqpTimestamp one, AmqpTimestamp other) => one == other,
        (decimal one, decimal other) => one == other && one.Scale == other.Scale,
        (FieldTable one, FieldTable other) => AreEqual(one, other),
        (object?[] one, object?[] other) => AreEqual(one, other),
        _ => TryInteger(x, out var a) ? TryInteger(y, out var b) && a == b : TryFloat(x, out var c) && TryFloat(y, out var d) && c.Equals(d),
    };

    /// <inheritdoc/>
    public int GetHashCode(object? obj) => obj switch
    {
        null => 0,
        string text => text.GetHashCode(StringComparison.Ordinal),
        byte[] bytes => HashOf(bytes),
        FieldTable table => HashOf(table),
        object?[] values => HashOf(values),
        _ when TryInteger(obj, out var integer) => integer.GetHashCode(),
        _ when TryFloat(obj, out var number) => number.GetHashCode(),
        _ => obj.GetHashCode(),
    };

    private static bool AreEqual(FieldTable one, FieldTable other)
    {
        foreach (var (name, _) in one)
        {
            if (!other.TryGetValue(name, out var value) || !Instance.Equals(one[name], value))
            {
                return false;
            }
        }

        // Values are compared once only: comparing them both ways would double the work at each level of nesting.
        foreach (var (name, _) in other)
        {
            if (!one.ContainsKey(name))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreEqual(object?[] one, object?[] other)
    {
        if (one.Length != other.Length)
        {
            return false;
        }

        for (var i = 0; i < one.Length; i++)
        {
            if (!Instance.Equals(one[i], other[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static int HashOf(byte[] bytes)
    {
        var hash = default(HashCode);
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private static int HashOf(FieldTable table)
    {
        // Neither order nor a field that a later one of its name overrides may change the hash.
        var hash = 0;
        foreach (var (name, value) in table)
        {
            if (ReferenceEquals(table[name], value))
            {
                hash ^= HashCode.Combine(name.GetHashCode(StringComparison.Ordinal), Instance.GetHashCode(value));
            }
        }

        return hash;
    }

    private static int HashOf(object?[] values)
    {
        var hash = default(HashCode);
        foreach (var value in values)
        {
            hash.Add(Instance.GetHashCode(value));
        }

        return hash.ToHashCode();
    }

    private static bool TryInteger(object? value, out long integer)
    {
        integer = value is sbyte or byte or short or ushort or int or uint or long ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;
        return value is sbyte or byte or short or ushort or int or uint or long;
    }

    private static bool TryFloat(object? value, out double number)
    {
        number = value is float or double ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : 0;
        return value is float or double;
    }
}
