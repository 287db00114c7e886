using System.Runtime.CompilerServices;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.Memory;

/// <summary>Definitions in this process's memory, gone when it ends. Several silos of one process may share an instance.</summary>
public sealed class MemoryTopologyStore : ITopologyStore
{
    /// <summary>Rows that a scan copies at a time, so that a long one does not hold up commits.</summary>
    private const int PageRows = 256;

    private static readonly Comparer<TopologyRow> ByKey =
        Comparer<TopologyRow>.Create(static (left, right) => Utf8Order.Instance.Compare(left.Key, right.Key));

    private readonly Lock _gate = new();
    private readonly SortedSet<TopologyRow> _rows = new(ByKey);
    private readonly Dictionary<string, long> _sequences = [];

    /// <inheritdoc/>
    public ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return ValueTask.FromResult(Find(key));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TopologyRow> ScanAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        await Task.CompletedTask.ConfigureAwait(false);
        var page = new List<TopologyRow>();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            page.Clear();
            lock (_gate)
            {
                ReadPage(prefix, after, page);
            }

            foreach (var row in page)
            {
                yield return row;
            }

            after = page.Count > 0 ? page[^1].Key : after;
        }
        while (page.Count == PageRows);
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        var count = 0L;
        lock (_gate)
        {
            foreach (var row in From(prefix))
            {
                if (!row.Key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    break;
                }

                count++;
            }
        }

        return Task.FromResult(count);
    }

    /// <inheritdoc/>
    public Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            foreach (var change in changes)
            {
                if (change.ExpectedVersion is { } expected && (Find(change.Key)?.Version ?? 0) != expected)
                {
                    return Task.FromResult(false);
                }
            }

            foreach (var change in changes)
            {
                Apply(change);
            }
        }

        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var first = _sequences.GetValueOrDefault(sequence, 1);
            _sequences[sequence] = first + count;
            return Task.FromResult(first);
        }
    }

    private void Apply(TopologyChange change)
    {
        if (change.ExpectOnly)
        {
            return;
        }

        var before = Find(change.Key);
        if (before is not null)
        {
            _rows.Remove(before);
        }

        if (change.Value is { } value)
        {
            _rows.Add(new TopologyRow(change.Key, value.AsSpan().ToArray(), (before?.Version ?? 0) + 1));
        }
    }

    private TopologyRow? Find(string key) => _rows.TryGetValue(Probe(key), out var row) ? row : null;

    private void ReadPage(string prefix, string? after, List<TopologyRow> page)
    {
        var start = after is not null && Utf8Order.Instance.Compare(after, prefix) > 0 ? after : prefix;
        foreach (var row in From(start))
        {
            if (after is not null && Utf8Order.Instance.Compare(row.Key, after) <= 0)
            {
                continue;
            }

            if (page.Count == PageRows || !row.Key.StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }

            page.Add(row);
        }
    }

    private SortedSet<TopologyRow> From(string key) =>
        _rows.Max is { } last && ByKey.Compare(last, Probe(key)) >= 0 ? _rows.GetViewBetween(Probe(key), last) : [];

    private static TopologyRow Probe(string key) => new(key, [], 0);
}
