using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>Numbers that are never given out twice in the cluster. A silo takes them from the store in ranges.</summary>
internal sealed class Incarnations(ITopologyStore store) : IDisposable
{
    // A range costs one synced commit; numbers that a stopping silo leaves unused are lost, of which there are enough.
    private const int RangeLength = 1_000;

    private readonly SemaphoreSlim _gate = new(1);
    private long _next;
    private long _end;

    /// <summary>A number that nobody had before.</summary>
    public async ValueTask<long> NextAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_next == _end)
            {
                _next = await store.AllocateAsync(TopologyKeys.Incarnations, RangeLength, cancellationToken);
                _end = _next + RangeLength;
            }

            return _next++;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
