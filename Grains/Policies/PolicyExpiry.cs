using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;
using Microsoft.Extensions.Options;

namespace OrleansBroker.Grains.Policies;

/// <summary>
/// Sees to queues that a policy lets expire from now on. One that sleeps is not woken for that: by when it has to be is noted in the store.
/// </summary>
internal sealed class PolicyExpiry(ITopologyStore store, IQueueRows queues, IOptions<TopologyOptions> options, TimeProvider time)
{
    private const string Expires = "expires";

    /// <summary>Notes deadlines for queues of these virtual hosts whose expiry is another now.</summary>
    public async Task NoteAsync(SettingsSnapshot before, SettingsSnapshot now, IEnumerable<string> virtualHosts)
    {
        foreach (var virtualHost in virtualHosts)
        {
            var (was, set) = (before.PoliciesOf(virtualHost), now.PoliciesOf(virtualHost));
            if (was != set && set.All.Any(policy => policy.Definition.TryGetProperty(Expires, out _)))
            {
                await store.ScanAsync(TopologyKeys.Queues(virtualHost), null, CancellationToken.None)
                    .ForEachAsync(options.Value.SweepParallelism, row => NoteAsync(row, was, set), CancellationToken.None);
            }
        }
    }

    private async Task NoteAsync(TopologyRow row, PolicySet before, PolicySet now)
    {
        var queue = TopologyRows.Queue(row);
        if (PolicyMerging.Typed(now.Of(queue).Definition).Expires is { } expires
            && PolicyMerging.Typed(before.Of(queue).Definition).Expires is var earlier && earlier != expires)
        {
            await queues.HastenDeadlineAsync(queue.Id, queue.Incarnation, time.GetUtcNow().ToUnixTimeMilliseconds() + expires);
        }
    }
}
