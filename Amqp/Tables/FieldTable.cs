using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace OrleansBroker.Amqp.Tables;

/// <summary>
/// An immutable AMQP field table: names to typed values, in the order they were written.
/// Values are <see cref="bool"/>, <see cref="sbyte"/>, <see cref="byte"/>, <see cref="short"/>, <see cref="ushort"/>,
/// <see cref="int"/>, <see cref="uint"/>, <see cref="long"/>, <see cref="float"/>, <see cref="double"/>, <see cref="decimal"/>,
/// <see cref="string"/> (long string), <see cref="OpaqueText"/> (a long string that is no UTF-8), <see cref="byte"/>[] (type 'x'),
/// <see cref="AmqpTimestamp"/>, <see cref="FieldTable"/>, <c>object?[]</c> (array) and null (void).
/// </summary>
public sealed class FieldTable : IReadOnlyCollection<KeyValuePair<string, object?>>
{
    private const int ScannedAtMost = 16;

    private readonly KeyValuePair<string, object?>[] _fields;
    private Dictionary<string, int>? _index;

    /// <summary>A table of the given fields; of two with one name the later counts.</summary>
    public FieldTable(IEnumerable<KeyValuePair<string, object?>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _fields = [.. fields];
    }

    private FieldTable(KeyValuePair<string, object?>[] fields) => _fields = fields;

    /// <summary>The table without fields.</summary>
    public static FieldTable Empty { get; } = new([]);

    /// <summary>How many fields the table has.</summary>
    public int Count => _fields.Length;

    /// <summary>The value under the name, or null where there is none (or it is void: see <see cref="TryGetValue"/>).</summary>
    public object? this[string name] => TryGetValue(name, out var value) ? value : null;

    /// <summary>Whether the name is present; its value may be null (void).</summary>
    public bool ContainsKey(string name) => TryGetValue(name, out _);

    /// <summary>Looks the name up; true where it is present.</summary>
    public bool TryGetValue(string name, [MaybeNullWhen(false)] out object? value)
    {
        var at = IndexOf(name);
        value = at < 0 ? null : _fields[at].Value;
        return at >= 0;
    }

    /// <summary>A copy with the field set: in place where the name is present, else at the end.</summary>
    public FieldTable With(string name, object? value)
    {
        var fields = new List<KeyValuePair<string, object?>>(_fields);
        var at = IndexOf(name);
        if (at < 0)
        {
            fields.Add(new(name, value));
        }
        else
        {
            fields[at] = new(name, value);
        }

        return new FieldTable([.. fields]);
    }

    /// <summary>A copy without the named field; this table itself where the name is absent.</summary>
    public FieldTable Without(string name) =>
        ContainsKey(name) ? new FieldTable([.. _fields.Where(f => !string.Equals(f.Key, name, StringComparison.Ordinal))]) : this;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)_fields).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(string name)
    {
        if (_fields.Length > ScannedAtMost)
        {
            return (_index ??= Index()).TryGetValue(name, out var found) ? found : -1;
        }

        // Most tables are small: a scan from the end costs less than a dictionary and lets the later of two fields count.
        for (var i = _fields.Length - 1; i >= 0; i--)
        {
            if (string.Equals(_fields[i].Key, name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    // A sender may send thousands of fields: no look-up may cost in proportion. Two threads may both build it, to the same end.
    private Dictionary<string, int> Index()
    {
        var index = new Dictionary<string, int>(_fields.Length, StringComparer.Ordinal);
        for (var i = 0; i < _fields.Length; i++)
        {
            index[_fields[i].Key] = i;
        }

        return index;
    }
}
