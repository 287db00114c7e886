using System.Text.Json.Serialization.Metadata;

namespace OrleansBroker.Management.Listing;

/// <summary>Something that can be listed: rows that cost little, and the items that are made of those rows that are shown.</summary>
internal sealed class ListSource<TRow, TItem>
{
    /// <summary>All rows, in the list's own order.</summary>
    public required IAsyncEnumerable<TRow> Rows { get; init; }

    /// <summary>The name by which a row is looked for.</summary>
    public required Func<TRow, string> Name { get; init; }

    /// <summary>Makes items of rows, as many and in the same order.</summary>
    public required Func<IReadOnlyList<TRow>, CancellationToken, ValueTask<IReadOnlyList<TItem>>> Expand { get; init; }

    /// <summary>How an item is written.</summary>
    public required JsonTypeInfo<TItem> Type { get; init; }

    /// <summary>Whether the list's own order is that of the names.</summary>
    public bool IsByName { get; init; }

    /// <summary>
    /// Reads a page in the list's own order or that of the names, either way, without reading each row; null, or an answer of null: the
    /// rows are counted through.
    /// </summary>
    public Func<ListQuery, CancellationToken, ValueTask<ListPage<TRow>?>>? ReadPage { get; init; }
}

/// <summary>Rows of a page, and how many there are in all.</summary>
internal sealed record ListPage<TRow>(IReadOnlyList<TRow> Rows, long Total, long Filtered);

/// <summary>Sources of the simple kind.</summary>
internal static class ListSource
{
    /// <summary>Items that are in memory.</summary>
    public static ListSource<T, T> Of<T>(IEnumerable<T> items, Func<T, string> name, JsonTypeInfo<T> type) =>
        Of(items.ToAsyncEnumerable(), name, type);

    /// <summary>Items that need nothing beside.</summary>
    public static ListSource<T, T> Of<T>(IAsyncEnumerable<T> items, Func<T, string> name, JsonTypeInfo<T> type) => new()
    {
        Rows = items,
        Name = name,
        Type = type,
        Expand = static (rows, _) => new(rows),
    };
}
