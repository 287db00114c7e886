using Orleans.Concurrency;
using Orleans.GrainDirectory;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges;

/// <summary>An exchange. Reentrant, so that calls gather behind a commit and share the next; the writer keeps their order.</summary>
[Reentrant]
[GrainType("orleansbroker.exchange"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class ExchangeGrain : Grain, IExchangeGrain
{
    private readonly ExchangeServices _services;
    private readonly ExchangeWriter _writer;
    private readonly ExchangeId _id;

    public ExchangeGrain(IGrainContext context, ExchangeServices services)
    {
        _services = services;
        _id = ExchangeId.FromGrainKey(context.GrainId.Key.ToString()!);
        _writer = new ExchangeWriter(_id, services);
    }

    public Task DeclareAsync(ExchangeDefinition definition) => _writer.ExecuteAsync(new DeclareExchange(definition, _services));

    public async Task<ExchangeDefinition?> GetDefinitionAsync()
    {
        var row = await _services.Store.GetAsync(TopologyKeys.Exchange(_id), CancellationToken.None);
        return row is null ? null : TopologyRows.Exchange(row);
    }

    public Task DeleteAsync(bool ifUnused) => _writer.ExecuteAsync(new DeleteExchange(ifUnused));

    public Task BindAsync(BindingDefinition binding) => _writer.ExecuteAsync(new BindToExchange(binding, _services.Store));

    public Task UnbindAsync(BindingDefinition binding) => _writer.ExecuteAsync(new UnbindFromExchange(binding));

    public Task UnbindDestinationAsync(Destination destination) => _writer.ExecuteAsync(new UnbindDestinationFromExchange(destination));

    public async Task<RoutingTableContents?> GetTableAsync()
    {
        // What this activation remembers is used only where the store says that it is still so. Nobody waits here for silos to be
        // told: what is committed may be routed by.
        if (_writer is { State: { } state, IsCommitting: false }
            && await state.IsCurrentAsync(_services.Store)
            && _writer is { IsCommitting: false } && _writer.State == state)
        {
            return state.ToContents();
        }

        return (await ExchangeState.LoadAsync(_services.Store, _id)).ToContents();
    }
}
