using System.Globalization;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Sets;

namespace OrleansBroker.Grains.Routing.Matching.Headers;

/// <summary>What a binding of a headers exchange asks of a message's headers.</summary>
internal sealed class HeaderPattern
{
    private const string Match = "x-match";

    private readonly KeyValuePair<string, object?>[] _wanted;
    private readonly bool _any;

    /// <summary>The pattern that a binding's arguments make.</summary>
    public HeaderPattern(FieldTable arguments)
    {
        var mode = arguments[Match] as string ?? "all";
        var withX = mode.EndsWith("-with-x", StringComparison.Ordinal);
        _any = mode.StartsWith("any", StringComparison.Ordinal);
        _wanted = [.. Distinct(arguments)
            .Where(field => field.Key != Match && (withX || !field.Key.StartsWith("x-", StringComparison.Ordinal)))
            .OrderBy(field => field.Key, StringComparer.Ordinal)];
    }

    /// <summary>Whether it asks nothing: "all" without arguments. "Any" without arguments matches nothing.</summary>
    public bool MatchesAlways => !_any && _wanted.Length == 0;

    /// <summary>The arguments of which a message has to have one so that the pattern can match.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> IndexedBy => _any ? _wanted : _wanted.AsSpan(0, Math.Min(1, _wanted.Length));

    /// <summary>Refuses arguments that make no pattern.</summary>
    /// <exception cref="BrokerException">406.</exception>
    public static void Check(FieldTable arguments)
    {
        if (!arguments.TryGetValue(Match, out var mode) || mode is "all" or "any" or "all-with-x" or "any-with-x")
        {
            return;
        }

        throw new BrokerException(ReplyCode.PreconditionFailed, mode is string text
            ? $"Invalid x-match field value '{text}'; expected all, any, all-with-x, or any-with-x"
            : $"Invalid x-match field type {FieldTypeNames.Of(mode)} (value {Describe(mode)}); expected longstr");
    }

    private static string? Describe(object? value) =>
        value is bool flag ? flag ? "true" : "false" : value is null ? "undefined" : Convert.ToString(value, CultureInfo.InvariantCulture);

    /// <summary>Whether the headers match.</summary>
    public bool Matches(FieldTable headers)
    {
        foreach (var (name, value) in _wanted)
        {
            // A void argument asks only that the header is there.
            var found = headers.TryGetValue(name, out var header) && (value is null || FieldValueComparer.Instance.Equals(value, header));
            if (found == _any)
            {
                return _any;
            }
        }

        return !_any;
    }

    private static IEnumerable<KeyValuePair<string, object?>> Distinct(FieldTable arguments)
    {
        foreach (var (name, _) in arguments)
        {
            yield return new(name, arguments[name]);
        }
    }
}

/// <summary>A binding under one of the headers that it asks for.</summary>
internal readonly struct HeaderBinding(BindingDefinition binding, HeaderPattern pattern) : IHashTrieEntry<HeaderBinding>
{
    private readonly BindingDefinition _binding = binding;

    public HeaderPattern Pattern { get; } = pattern;

    public BoundDestination Destination { get; } = new(binding.Destination);

    public int Hash { get; } = KeyHash.NotZero(BindingIdentity.Comparer.GetHashCode(binding));

    public bool HasKeyOf(in HeaderBinding other) => BindingIdentity.Comparer.Equals(_binding, other._binding);
}

/// <summary>The bindings that ask for one header, with one value or (null) with whatever value.</summary>
internal readonly struct HeaderBucket : IHashTrieEntry<HeaderBucket>
{
    private readonly string _name;
    private readonly object? _value;

    public HeaderBucket(string name, object? value)
        : this(name, value, KeyHash.NotZero(HashCode.Combine(name, FieldValueComparer.Instance.GetHashCode(value))), default)
    {
    }

    private HeaderBucket(string name, object? value, int hash, HashTrie<HeaderBinding> bindings)
    {
        _name = name;
        _value = value;
        Hash = hash;
        Bindings = bindings;
    }

    public int Hash { get; }

    public HashTrie<HeaderBinding> Bindings { get; }

    public HeaderBucket With(HashTrie<HeaderBinding> bindings) => new(_name, _value, Hash, bindings);

    public bool HasKeyOf(in HeaderBucket other) =>
        string.Equals(_name, other._name, StringComparison.Ordinal) && FieldValueComparer.Instance.Equals(_value, other._value);
}
