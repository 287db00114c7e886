using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Exchanges;

/// <summary>A silo's way to the shared store, which can be cut.</summary>
internal sealed class CutOffStore(ITopologyStore store) : ITopologyStore
{
    private volatile bool _cut;

    public bool IsCut { get => _cut; set => _cut = value; }

    public ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Check();
        return store.GetAsync(key, cancellationToken);
    }

    public IAsyncEnumerable<TopologyRow> ScanAsync(string prefix, string? after, CancellationToken cancellationToken)
    {
        Check();
        return store.ScanAsync(prefix, after, cancellationToken);
    }

    public Task<long> CountAsync(string prefix, CancellationToken cancellationToken)
    {
        Check();
        return store.CountAsync(prefix, cancellationToken);
    }

    public Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken)
    {
        Check();
        return store.CommitAsync(changes, cancellationToken);
    }

    public Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken)
    {
        Check();
        return store.AllocateAsync(sequence, count, cancellationToken);
    }

    private void Check()
    {
        if (_cut)
        {
            throw new TimeoutException("the store is out of reach");
        }
    }
}
