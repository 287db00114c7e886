using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Topology;

/// <summary>Removes what is bound to a destination that goes, at the exchanges that own the bindings, so that silos are told.</summary>
internal sealed class Unbinding(ITopologyStore store, IGrainFactory grains)
{
    private const int Parallel = 16;

    /// <summary>Removes all bindings to the destination; answers when no silo routes by them.</summary>
    public async Task UnbindDestinationAsync(string virtualHost, Destination destination)
    {
        var sources = new HashSet<ExchangeId>();
        await foreach (var row in store.ScanAsync(TopologyKeys.BindingsTo(virtualHost, destination), null, CancellationToken.None))
        {
            sources.Add(TopologyKeys.SourceOfReverse(row.Key));
        }

        foreach (var some in sources.Chunk(Parallel))
        {
            await Task.WhenAll(some.Select(source => grains.GetGrain<IExchangeGrain>(source.ToGrainKey()).UnbindDestinationAsync(destination)));
        }
    }
}
