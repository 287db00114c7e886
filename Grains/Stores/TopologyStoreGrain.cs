using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Memory;

namespace OrleansBroker.Grains.Stores;

/// <summary>The definitions that the primary silo keeps in memory for the cluster; its key is 0.</summary>
[Alias("orleansbroker.ITopologyStoreGrain")]
internal interface ITopologyStoreGrain : IGrainWithIntegerKey
{
    /// <summary>See <see cref="ITopologyStore.GetAsync"/>.</summary>
    [Alias("Get")]
    Task<TopologyRow?> GetAsync(string key);

    /// <summary>The first rows of a scan.</summary>
    [Alias("ReadPage")]
    Task<Immutable<TopologyRow[]>> ReadPageAsync(string prefix, string? after, int limit);

    /// <summary>See <see cref="ITopologyStore.CountAsync"/>.</summary>
    [Alias("Count")]
    Task<long> CountAsync(string prefix);

    /// <summary>See <see cref="ITopologyStore.CommitAsync"/>.</summary>
    [Alias("Commit")]
    Task<bool> CommitAsync(Immutable<TopologyChange[]> changes);

    /// <summary>See <see cref="ITopologyStore.AllocateAsync"/>.</summary>
    [Alias("Allocate")]
    Task<long> AllocateAsync(string sequence, int count);
}

/// <inheritdoc cref="ITopologyStoreGrain"/>
[PrimaryPlacement, Reentrant]
[GrainType("orleansbroker.topology-store"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class TopologyStoreGrain(MemoryTopologyStore store) : Grain, ITopologyStoreGrain
{
    public Task<TopologyRow?> GetAsync(string key) => store.GetAsync(key, CancellationToken.None).AsTask();

    public async Task<Immutable<TopologyRow[]>> ReadPageAsync(string prefix, string? after, int limit)
    {
        var page = new List<TopologyRow>();
        await foreach (var row in store.ScanAsync(prefix, after, CancellationToken.None))
        {
            page.Add(row);
            if (page.Count == limit)
            {
                break;
            }
        }

        return new([.. page]);
    }

    public Task<long> CountAsync(string prefix) => store.CountAsync(prefix, CancellationToken.None);

    public Task<bool> CommitAsync(Immutable<TopologyChange[]> changes) => store.CommitAsync(changes.Value, CancellationToken.None);

    public Task<long> AllocateAsync(string sequence, int count) => store.AllocateAsync(sequence, count, CancellationToken.None);
}

/// <summary>Definitions that all silos of a cluster share in the memory of the primary one. For development: they die with it.</summary>
internal sealed class ClusterMemoryTopologyStore(IGrainFactory grains, IOptions<ClusterMemoryOptions> options) : ITopologyStore
{
    private ITopologyStoreGrain Grain => grains.GetGrain<ITopologyStoreGrain>(0);

    public ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken) =>
        new(Grain.GetAsync(key).WaitAsync(cancellationToken));

    public async IAsyncEnumerable<TopologyRow> ScanAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var limit = options.Value.PageRows;
        TopologyRow[] page;
        do
        {
            page = (await Grain.ReadPageAsync(prefix, after, limit).WaitAsync(cancellationToken)).Value;
            foreach (var row in page)
            {
                yield return row;
            }

            after = page.Length > 0 ? page[^1].Key : after;
        }
        while (page.Length == limit);
    }

    public Task<long> CountAsync(string prefix, CancellationToken cancellationToken) => Grain.CountAsync(prefix).WaitAsync(cancellationToken);

    public Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken) =>
        Grain.CommitAsync(new([.. changes])).WaitAsync(cancellationToken);

    public Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken) =>
        Grain.AllocateAsync(sequence, count).WaitAsync(cancellationToken);
}
