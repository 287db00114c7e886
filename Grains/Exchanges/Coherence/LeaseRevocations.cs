using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>Takes leases away from silos that do not answer, and waits until they have run out: see <see cref="SiloLease"/>.</summary>
internal sealed partial class LeaseRevocations(ITopologyStore store, TimeProvider time, ILogger<LeaseRevocations> logger)
{
    // When this silo first knew of a revocation: all that wait for one lease wait for the same moment.
    private readonly ConcurrentDictionary<Guid, long> _knownSince = [];

    /// <summary>Completes when the silo whose lease row this was does not route any more by what it knew at the time of the call.</summary>
    public async Task RevokeAsync(TopologyRow row)
    {
        for (var current = row; current is not null; current = await store.GetAsync(row.Key, CancellationToken.None))
        {
            var lease = LeaseRow.Parse(current);
            if (lease.IsRevoked)
            {
                await WaitOutAsync(current, lease);
                return;
            }

            var revoked = lease.Revoke();
            if (await store.CommitAsync([new(row.Key, revoked.Encode()) { ExpectedVersion = current.Version }], CancellationToken.None))
            {
                LogRevoked(logger, row.Key);
                await WaitOutAsync(current with { Version = current.Version + 1 }, revoked);
                return;
            }
        }

        // The row is gone: its silo returned the lease, or somebody else waited it out.
    }

    private async Task WaitOutAsync(TopologyRow row, LeaseRow lease)
    {
        var since = _knownSince.GetOrAdd(lease.Revocation, static (_, time) => time.GetTimestamp(), time);
        for (var left = Left(); left > TimeSpan.Zero; left = Left())
        {
            await Task.Delay(left, time);
        }

        // The row goes so that the next change need not wait; not, however, where the silo has come back meanwhile.
        await store.CommitAsync([new(row.Key, null) { ExpectedVersion = row.Version }], CancellationToken.None);
        _knownSince.TryRemove(lease.Revocation, out _);

        TimeSpan Left() => lease.Duration - time.GetElapsedTime(since);
    }

    [LoggerMessage(2311, LogLevel.Warning, "Took the lease {Lease} away: its silo does not answer")]
    private static partial void LogRevoked(ILogger logger, string lease);
}
