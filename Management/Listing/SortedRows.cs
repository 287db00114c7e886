using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Listing;

/// <summary>Sorts rows and keeps as many as are shown, so that memory does not grow with the list.</summary>
internal sealed class SortedRows<TRow>
{
    // Some ten megabytes of queues.
    private const int MostRows = 100_000;

    private readonly List<(SortKey Key, long Order, TRow Row)> _rows = [];
    private readonly int? _wanted;
    private readonly int _sign;

    /// <summary>Keeps so many rows of the front; null: all.</summary>
    /// <exception cref="ApiException">They are too many (400).</exception>
    public SortedRows(bool isReversed, long? wanted)
    {
        if (wanted > MostRows)
        {
            throw ApiException.BadRequest($"Sorted pages reach {MostRows} items far; sort by name, the other way round, or look for fewer");
        }

        _sign = isReversed ? -1 : 1;
        _wanted = (int?)wanted;
    }

    /// <summary>How many were added.</summary>
    public long Added { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <exception cref="ApiException">All are wanted, and they are too many (400).</exception>
    public void Add(SortKey key, TRow row)
    {
        _rows.Add((key, Added++, row));
        if (_wanted is null && Added > MostRows)
        {
            throw ApiException.BadRequest($"A sorted list has at most {MostRows} items; ask for pages, or sort by name");
        }

        if (_wanted is { } wanted && _rows.Count > 2 * Math.Max(wanted, 1_000))
        {
            Sort();
            _rows.RemoveRange(wanted, _rows.Count - wanted);
        }
    }

    /// <summary>The rows in their order.</summary>
    public IEnumerable<TRow> Read()
    {
        Sort();
        return _rows.Take(_wanted ?? int.MaxValue).Select(static row => row.Row);
    }

    // Rows that are alike stay in the list's own order; reversed is the whole.
    private void Sort() => _rows.Sort((one, other) =>
    {
        var order = one.Key.CompareTo(other.Key);
        return _sign * (order != 0 ? order : one.Order.CompareTo(other.Order));
    });
}
