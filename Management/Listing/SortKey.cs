using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansBroker.Management.Listing;

/// <summary>A value that lists are sorted by, in RabbitMQ's order: numbers before truth values before texts; what is missing is 0.</summary>
internal readonly record struct SortKey(int Kind, double Number, string? Text) : IComparable<SortKey>
{
    private const int Numbers = 0;
    private const int Truths = 1;
    private const int Others = 2;

    /// <summary>The value at the end of the path.</summary>
    public static SortKey Of(JsonNode? item, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            item = item is JsonObject members && members.TryGetPropertyValue(name, out var inner) ? inner : null;
        }

        return item?.GetValueKind() switch
        {
            JsonValueKind.Number => new(Numbers, item.GetValue<JsonElement>().GetDouble(), null),
            JsonValueKind.True => new(Truths, 1, null),
            JsonValueKind.False => new(Truths, 0, null),
            JsonValueKind.String => new(Others, 0, item.GetValue<string>()),
            JsonValueKind.Object or JsonValueKind.Array => new(Others, 0, item.ToJsonString()),
            _ => default,
        };
    }

    public int CompareTo(SortKey other)
    {
        var order = Kind.CompareTo(other.Kind);
        order = order != 0 ? order : Number.CompareTo(other.Number);
        return order != 0 ? order : string.CompareOrdinal(Text, other.Text);
    }

    public static bool operator <(SortKey left, SortKey right) => left.CompareTo(right) < 0;

    public static bool operator >(SortKey left, SortKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(SortKey left, SortKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SortKey left, SortKey right) => left.CompareTo(right) >= 0;
}
