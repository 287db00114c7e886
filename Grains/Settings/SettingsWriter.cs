using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Settings;

/// <summary>Changes settings: one commit, then news to every silo.</summary>
internal sealed class SettingsWriter(ITopologyStore store, RoutingAnnouncer announcer)
{
    // A commit fails only because somebody else's succeeded; this many in a row mean that something is wrong.
    private const int MaxAttempts = 50;

    public ITopologyStore Store => store;

    /// <summary>Commits what the plan says, planned anew where the rows changed meanwhile; completes when all silos go by it.</summary>
    public async Task ChangeAsync(Func<SettingsChanges, Task> plan)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var changes = new SettingsChanges(store);
            await plan(changes);
            if (changes.IsEmpty)
            {
                return;
            }

            if (await store.CommitAsync(changes.ToList(), CancellationToken.None))
            {
                await announcer.AnnounceAsync(new RoutingNews { SettingsChanged = true });
                return;
            }
        }

        throw new BrokerException(ReplyCode.InternalError, "the settings change too quickly");
    }
}

/// <summary>The changes of one commit, with the versions of the rows that they were planned on.</summary>
internal sealed class SettingsChanges(ITopologyStore store)
{
    private readonly Dictionary<string, TopologyChange> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopologyRow?> _read = new(StringComparer.Ordinal);

    /// <summary>Whether nothing is to be changed.</summary>
    public bool IsEmpty => _changes.Values.All(change => change.ExpectOnly);

    /// <summary>Reads a row; the commit holds only while it stays as it is.</summary>
    public async ValueTask<TopologyRow?> ReadAsync(string key)
    {
        if (!_read.TryGetValue(key, out var row))
        {
            _read[key] = row = await store.GetAsync(key, CancellationToken.None);
            _changes.TryAdd(key, new TopologyChange(key, null) { ExpectedVersion = row?.Version ?? 0, ExpectOnly = true });
        }

        return row;
    }

    /// <summary>Writes a row that was read; null deletes it.</summary>
    public void Write(string key, byte[]? value)
    {
        if (value is null && _read.TryGetValue(key, out var row) && row is null)
        {
            return;
        }

        _changes[key] = new TopologyChange(key, value) { ExpectedVersion = _read.TryGetValue(key, out var known) ? known?.Version ?? 0 : null };
    }

    /// <summary>Deletes all rows whose keys begin so; returns how many.</summary>
    public async Task<int> DeleteAllAsync(string prefix)
    {
        var count = 0;
        await foreach (var row in store.ScanAsync(prefix, null, CancellationToken.None))
        {
            _changes[row.Key] = new TopologyChange(row.Key, null);
            count++;
        }

        return count;
    }

    public IReadOnlyList<TopologyChange> ToList() => [.. _changes.Values];
}
