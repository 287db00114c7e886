namespace OrleansBroker.Grains.Interfaces.Stores;

/// <summary>
/// Definitions as rows in the order of their keys (ordinal, by UTF-8 octets). What is committed is synced before it is answered.
/// </summary>
public interface ITopologyStore
{
    /// <summary>The row under the key, or null.</summary>
    ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Rows whose keys start with the prefix, in order, beginning after <paramref name="after"/> where that is given.</summary>
    IAsyncEnumerable<TopologyRow> ScanAsync(string prefix, string? after, CancellationToken cancellationToken);

    /// <summary>How many keys start with the prefix.</summary>
    Task<long> CountAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Commits all changes, or none: each change's <see cref="TopologyChange.ExpectedVersion"/> must hold. Commits of many callers
    /// share one sync.
    /// </summary>
    /// <returns>False when an expectation did not hold.</returns>
    Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken);

    /// <summary>Reserves numbers of a sequence, never given out again: returns the first of <paramref name="count"/>. Starts at 1.</summary>
    Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken);
}

/// <summary>A row.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value; must not be changed.</param>
/// <param name="Version">1 when it is new, one more with each commit that writes it.</param>
public sealed record TopologyRow(string Key, byte[] Value, long Version);

/// <summary>A change of one row.</summary>
/// <param name="Key">The row's key.</param>
/// <param name="Value">The new value; null deletes the row, and makes no change where <see cref="ExpectOnly"/> is set.</param>
public sealed record TopologyChange(string Key, byte[]? Value)
{
    /// <summary>The version that the row must have; 0: it must not exist; null: whatever it has.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>Only the expectation is checked, the row stays as it is.</summary>
    public bool ExpectOnly { get; init; }
}
