using System.Text.Json.Nodes;

namespace OrleansBroker.Management.Listing;

/// <summary>Which members of an object are shown: <c>columns=name,message_stats.publish_details.rate</c>.</summary>
internal sealed class Columns
{
    private readonly Dictionary<string, Columns?> _members = new(StringComparer.Ordinal);

    private Columns()
    {
    }

    /// <summary>The outer members.</summary>
    public IEnumerable<string> Names => _members.Keys;

    /// <summary>Null where nothing is chosen: all is shown.</summary>
    public static Columns? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var columns = new Columns();
        foreach (var column in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            columns.Add(column.Split('.', StringSplitOptions.RemoveEmptyEntries));
        }

        return columns;
    }

    /// <summary>A copy with what is chosen. In an array, of each item.</summary>
    public JsonNode? Select(JsonNode? node) => node switch
    {
        JsonObject source => SelectMembers(source),
        JsonArray items => new JsonArray([.. items.Select(Select)]),
        _ => node?.DeepClone(),
    };

    private JsonObject SelectMembers(JsonObject source)
    {
        var chosen = new JsonObject();
        foreach (var (name, value) in source)
        {
            if (_members.TryGetValue(name, out var inner))
            {
                chosen[name] = inner is null ? value?.DeepClone() : inner.Select(value);
            }
        }

        return chosen;
    }

    private void Add(ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            return;
        }

        if (path.Length == 1)
        {
            // The whole member, whatever else is asked of it.
            _members[path[0]] = null;
            return;
        }

        if (!_members.TryGetValue(path[0], out var inner))
        {
            _members[path[0]] = inner = new Columns();
        }

        inner?.Add(path[1..]);
    }
}
