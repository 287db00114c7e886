using System.Collections;
using System.Collections.Frozen;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.ClientLib.Messages;

/// <summary>
/// Headers and arguments between .NET's types and AMQP's: a dictionary is a table, a list an array, a <see cref="DateTimeOffset"/> a
/// timestamp (whole seconds); the rest are the same types.
/// </summary>
internal static class HeaderValues
{
    public static FieldTable ToTable(IReadOnlyDictionary<string, object?> values) =>
        values.Count == 0 ? FieldTable.Empty : new FieldTable(values.Select(v => KeyValuePair.Create(v.Key, ToField(v.Value))));

    public static IReadOnlyDictionary<string, object?> ToDictionary(FieldTable? table)
    {
        if (table is null || table.Count == 0)
        {
            return FrozenDictionary<string, object?>.Empty;
        }

        var values = new Dictionary<string, object?>(table.Count, StringComparer.Ordinal);
        foreach (var (name, value) in table)
        {
            values[name] = ToValue(value);
        }

        return values;
    }

    private static object? ToField(object? value) => value switch
    {
        DateTimeOffset time => new AmqpTimestamp(time.ToUnixTimeSeconds()),
        DateTime time => new AmqpTimestamp(new DateTimeOffset(time).ToUnixTimeSeconds()),
        IReadOnlyDictionary<string, object?> table => ToTable(table),
        byte[] or string => value,
        IEnumerable list and not FieldTable => list.Cast<object?>().Select(ToField).ToArray(),
        _ => value,
    };

    private static object? ToValue(object? field) => field switch
    {
        AmqpTimestamp time => DateTimeOffset.FromUnixTimeSeconds(time.UnixTimeSeconds),
        FieldTable table => ToDictionary(table),
        object?[] list => list.Select(ToValue).ToArray(),
        _ => field,
    };
}
