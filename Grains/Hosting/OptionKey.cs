using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace OrleansBroker.Grains.Hosting;

/// <summary>
/// One configuration key as its options property declares it: the path, the type, the bounds. Reading them off the classes keeps
/// validation, messages and documentation from drifting apart.
/// </summary>
internal sealed class OptionKey
{
    /// <summary>Stands in a path for a name that the configuration chooses, such as a user's.</summary>
    public const string AnyName = "{name}";

    private readonly PropertyInfo _property;
    private readonly RangeAttribute? _range;
    private readonly Type _type;

    private OptionKey(string path, PropertyInfo property, object? defaultValue)
    {
        Path = path;
        Default = defaultValue;
        _property = property;
        _range = property.GetCustomAttribute<RangeAttribute>();
        _type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
    }

    /// <summary>The key, such as <c>Broker:Store:Path</c>.</summary>
    public string Path { get; }

    /// <summary>What holds where the key is not set; null where that is nothing.</summary>
    public object? Default { get; }

    /// <summary>In words, what values it takes.</summary>
    public string Allowed => _type switch
    {
        _ when _type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(_type))}",
        _ when _type == typeof(bool) => "true or false",
        _ when _type == typeof(int) || _type == typeof(long) => "a whole number" + Bounds,
        _ when _type == typeof(double) => "a number" + Bounds,
        _ when _type == typeof(TimeSpan) => "a time such as 00:00:30" + Bounds,
        _ when _type == typeof(Uri) => "a URL such as http://127.0.0.1:4317",
        _ when _property.GetCustomAttribute<IPAddressAttribute>() is not null => "an IP address such as 127.0.0.1",
        _ when _property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern => $"text like {pattern.Pattern}",
        _ when _property.GetCustomAttribute<RequiredAttribute>() is not null => "text that is not empty",
        _ => "text",
    };

    private string Bounds => _range is null ? "" : string.Create(CultureInfo.InvariantCulture, $" from {_range.Minimum} to {_range.Maximum}");

    /// <summary>All keys below an options class.</summary>
    public static IReadOnlyList<OptionKey> Of(Type options)
    {
        var keys = new List<OptionKey>();
        Collect(Activator.CreateInstance(options)!, BrokerOptions.Section, keys);
        return keys;
    }

    /// <summary>What is set in an instance to a value that it cannot have.</summary>
    public static IEnumerable<string> Problems(object options, string section = BrokerOptions.Section)
    {
        foreach (var property in Settings(options.GetType()))
        {
            var path = $"{section}:{property.Name}";
            var value = property.GetValue(options);
            if (NamedType(property) is not null)
            {
                foreach (DictionaryEntry entry in (IDictionary)value!)
                {
                    foreach (var problem in Problems(entry.Value!, $"{path}:{entry.Key}"))
                    {
                        yield return problem;
                    }
                }
            }
            else if (!IsLeaf(property))
            {
                foreach (var problem in Problems(value!, path))
                {
                    yield return problem;
                }
            }
            else if (new OptionKey(path, property, null) is var key && !key.IsAllowed(value))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{path} is '{value}'; allowed: {key.Allowed}.");
            }
        }
    }

    /// <summary>Whether a path of the configuration is this key.</summary>
    public bool Matches(string path)
    {
        var expected = Path.Split(':');
        var actual = path.Split(':');
        return expected.Length == actual.Length
            && expected.Zip(actual).All(pair => pair.First == AnyName || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether the text is a value of the key.</summary>
    public bool TryParse(string? text, [NotNullWhen(true)] out object? value)
    {
        value = null;
        if (text is null || (_type != typeof(string) && string.IsNullOrWhiteSpace(text)))
        {
            return false;
        }

        if (_type.IsEnum)
        {
            // Enum.TryParse would take any number.
            return !char.IsAsciiDigit(text[0]) && text[0] != '-' && Enum.TryParse(_type, text, ignoreCase: true, out value) && IsAllowed(value);
        }

        if (_type == typeof(Uri))
        {
            value = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null;
            return value is not null;
        }

        try
        {
            value = TypeDescriptor.GetConverter(_type).ConvertFromInvariantString(text);
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or OverflowException)
        {
            return false;
        }

        return value is not null && IsAllowed(value);
    }

    private bool IsAllowed(object? value) =>
        _property.GetCustomAttributes<ValidationAttribute>().All(rule => rule.IsValid(value))
        && (value is null || !_type.IsEnum || Enum.IsDefined(_type, value));

    private static void Collect(object options, string section, List<OptionKey> keys)
    {
        foreach (var property in Settings(options.GetType()))
        {
            var path = $"{section}:{property.Name}";
            if (NamedType(property) is { } named)
            {
                Collect(Activator.CreateInstance(named)!, $"{path}:{AnyName}", keys);
            }
            else if (IsLeaf(property))
            {
                keys.Add(new OptionKey(path, property, property.GetValue(options)));
            }
            else
            {
                Collect(property.GetValue(options)!, path, keys);
            }
        }
    }

    // What has neither a public setter nor settings below it is computed by the code, not configured.
    private static IEnumerable<PropertyInfo> Settings(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod?.IsPublic == true || (property.SetMethod is null && !IsValue(property.PropertyType)));

    private static Type? NamedType(PropertyInfo property) =>
        typeof(IDictionary).IsAssignableFrom(property.PropertyType) ? property.PropertyType.GenericTypeArguments[1] : null;

    private static bool IsLeaf(PropertyInfo property) => property.SetMethod is not null && IsValue(property.PropertyType);

    private static bool IsValue(Type type) => type.IsValueType || type == typeof(string) || type == typeof(Uri);
}

/// <summary>The text is an IP address.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class IPAddressAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is null || (value is string text && System.Net.IPAddress.TryParse(text, out _));
}
