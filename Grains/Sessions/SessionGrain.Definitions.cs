using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Sessions;

internal sealed partial class SessionGrain
{
    public async Task DeclareExchangeAsync(ExchangeDefinition exchange)
    {
        exchange = exchange with { Id = ExchangeOf(exchange.Id.Name) };
        await Access.RequireAsync(exchange.Id, Permission.Configure);
        if (exchange.Arguments["alternate-exchange"] is string alternate)
        {
            await Access.RequireAsync(exchange.Id, Permission.Read);
            await Access.RequireAsync(ExchangeOf(alternate), Permission.Write);
        }

        await topology.DeclareExchangeAsync(exchange, CancellationToken.None);
    }

    public Task<ExchangeDefinition> GetExchangeAsync(string exchange) =>
        topology.GetExchangeAsync(ExchangeOf(exchange), CancellationToken.None);

    public async Task DeleteExchangeAsync(string exchange, bool ifUnused)
    {
        await Access.RequireAsync(ExchangeOf(exchange), Permission.Configure);
        await topology.DeleteExchangeAsync(ExchangeOf(exchange), ifUnused, CancellationToken.None);
    }

    public async Task<QueueStatus> DeclareQueueAsync(QueueDefinition queue, bool exclusive)
    {
        queue = queue with
        {
            Id = NamedQueue(queue.Id.Name),
            ExclusiveOwner = exclusive ? new ConnectionOwner(Id, silo.SiloAddress.ToParsableString()) : null,
            Incarnation = 0,
        };
        await Access.RequireAsync(queue.Id, Permission.Configure);
        if (queue.Arguments["x-dead-letter-exchange"] is string deadLetters)
        {
            await Access.RequireAsync(queue.Id, Permission.Read);
            await Access.RequireAsync(ExchangeOf(deadLetters), Permission.Write);
        }

        var status = await topology.DeclareQueueAsync(queue, CancellationToken.None);
        if (exclusive)
        {
            _queues.AddExclusive(status.Definition.Id);
        }

        return status;
    }

    public Task<QueueStatus> GetQueueAsync(string queue) => topology.GetQueueAsync(NamedQueue(queue), Id, CancellationToken.None);

    public async Task<long> DeleteQueueAsync(string queue, DeleteQueueOptions options)
    {
        var id = NamedQueue(queue);
        await Access.RequireAsync(id, Permission.Configure);
        var ready = await topology.DeleteQueueAsync(
            id, new DeleteQueueOptions { IfUnused = options.IfUnused, IfEmpty = options.IfEmpty, Connection = Id }, CancellationToken.None);
        _queues.RemoveExclusive(id);
        return ready;
    }

    public async Task<long> PurgeAsync(string queue)
    {
        await Access.RequireAsync(NamedQueue(queue), Permission.Read);
        return await Passed(QueueOf(NamedQueue(queue)).PurgeAsync(Id));
    }

    public async Task BindAsync(BindingDefinition binding)
    {
        await topology.BindAsync(await CheckedAsync(binding), Id, CancellationToken.None);
    }

    public async Task UnbindAsync(BindingDefinition binding)
    {
        await topology.UnbindAsync(await CheckedAsync(binding), Id, CancellationToken.None);
    }

    /// <summary>Binding reads from the source and writes to the destination; a stream has no permissions of its own here.</summary>
    private async Task<BindingDefinition> CheckedAsync(BindingDefinition binding)
    {
        binding = binding with { Source = ExchangeOf(binding.Source.Name) };
        await Access.RequireAsync(binding.Source, Permission.Read);
        await Access.RequireTopicAsync(topology, binding.Source, Permission.Read, binding.RoutingKey);
        switch (binding.Destination.Kind)
        {
            case DestinationKind.Queue:
                await Access.RequireAsync(NamedQueue(binding.Destination.Name), Permission.Write);
                break;
            case DestinationKind.Exchange:
                await Access.RequireAsync(ExchangeOf(binding.Destination.Name), Permission.Write);
                break;
            default:
                // Writing to other streams of the application is at least as much as configuring the exchange.
                await Access.RequireAsync(binding.Source, Permission.Configure);
                break;
        }

        return binding;
    }

    private ExchangeId ExchangeOf(string name) => new(VirtualHost, name);

    private QueueId NamedQueue(string name) => new(VirtualHost, name);
}
