using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Settings;

/// <summary>
/// The settings that this silo goes by, under the lease of the routing tables: whoever changes a setting commits, tells every silo that
/// holds a lease, and answers when each has read the settings anew or its lease has lapsed. Without a lease there are no settings: they
/// are read when the silo has one again.
/// </summary>
internal sealed class SettingsCache(
    ITopologyStore store, RoutingTableCache tables, SiloLease lease, IEnumerable<ISettingsListener> listeners) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly TaskCompletionSource _seeded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SettingsSnapshot? _current;
    private SettingsSnapshot _installed = SettingsSnapshot.Empty;
    private long _wanted;
    private long _heard;
    private long _installs;

    /// <summary>Grows when settings may have changed, before anybody can see others.</summary>
    public long Version => Volatile.Read(ref _installs) + tables.LeaseNumber;

    /// <summary>Completes when the first user has been made, or need not be: until then a user who is not known may yet come.</summary>
    public Task Seeded => _seeded.Task;

    /// <summary>The first user has been made.</summary>
    public void EndSeeding() => _seeded.TrySetResult();

    /// <summary>What was read last, whether it holds or not.</summary>
    public SettingsSnapshot Latest => Volatile.Read(ref _installed);

    /// <summary>Called with the settings before and those that hold now.</summary>
    public event Action<SettingsSnapshot, SettingsSnapshot>? Installed;

    /// <summary>The settings.</summary>
    public ValueTask<SettingsSnapshot> GetAsync(CancellationToken cancellationToken = default) =>
        TryGet() is { } current ? new ValueTask<SettingsSnapshot>(current) : new ValueTask<SettingsSnapshot>(LoadAsync(cancellationToken));

    /// <summary>The settings where they are at hand.</summary>
    public SettingsSnapshot? TryGet() => Volatile.Read(ref _current) is { } current && IsValid(current) ? current : null;

    /// <summary>Somebody changed settings: completes when this silo goes by them.</summary>
    public async ValueTask HearAsync()
    {
        var ticket = Interlocked.Increment(ref _wanted);
        await _gate.WaitAsync();
        try
        {
            // One reading serves all that had been heard before it began.
            if (_heard < ticket && _current is not null)
            {
                await ReadAsync();
            }
        }
        catch
        {
            // Deny rather than go by what is known to be old.
            Volatile.Write(ref _current, null);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private bool IsValid(SettingsSnapshot snapshot) => tables.IsCurrent && snapshot.Lease == tables.LeaseNumber;

    private async Task<SettingsSnapshot> LoadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await lease.EnsureAsync(cancellationToken);
            await _gate.WaitAsync(cancellationToken);
            try
            {
                if (TryGet() is { } current)
                {
                    return current;
                }

                await ReadAsync();
            }
            finally
            {
                _gate.Release();
            }
        }
    }

    private async Task ReadAsync()
    {
        var (upTo, number) = (Volatile.Read(ref _wanted), tables.LeaseNumber);
        var builder = new SnapshotBuilder(_installed);
        await foreach (var row in store.ScanAsync(SettingsKeys.All, null, CancellationToken.None))
        {
            builder.Add(row);
        }

        var (before, now) = (_installed, builder.Build(number));
        Volatile.Write(ref _installed, now);
        Volatile.Write(ref _current, now);
        Interlocked.Increment(ref _installs);
        foreach (var listener in listeners)
        {
            await listener.ApplyAsync(before, now);
        }

        _heard = upTo;
        Installed?.Invoke(before, now);
    }
}

/// <summary>A part of the silo that goes by settings and does not ask for them each time.</summary>
internal interface ISettingsListener
{
    /// <summary>Completes when it goes by the new settings.</summary>
    Task ApplyAsync(SettingsSnapshot before, SettingsSnapshot now);
}
