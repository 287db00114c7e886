using System.Runtime.CompilerServices;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Grains.Topology.Listing;
using OrleansBroker.Grains.Topology.Rows;
using OrleansBroker.Grains.Topology.Sweeping;

namespace OrleansBroker.Grains.Topology;

/// <summary>Checks what clients ask for and passes it to the grain that owns it; lists and counts from the rows.</summary>
internal sealed class Topology(
    ITopologyStore store,
    IQueueRows rows,
    VirtualHosts virtualHosts,
    IRoutingTables tables,
    IGrainFactory grains,
    QueueLocator queues,
    QueueSweep sweep,
    QueueOutlines outlines,
    QueueCounting counting,
    SettingsCache settings,
    BrokerTelemetry telemetry) : ITopology
{
    public Task CreateVirtualHostAsync(string name, CancellationToken cancellationToken)
    {
        EntityNames.CheckVirtualHost(name);
        return virtualHosts.CreateAsync(name, cancellationToken);
    }

    public async Task DeleteVirtualHostAsync(string name, CancellationToken cancellationToken)
    {
        await virtualHosts.DeleteAsync(name, cancellationToken);
        outlines.Forget(name);
    }

    public async ValueTask<bool> VirtualHostExistsAsync(string name, CancellationToken cancellationToken)
    {
        var hasStarted = sweep.Started.IsCompleted;
        var exists = await tables.VirtualHostExistsAsync(name, cancellationToken);
        if (exists || hasStarted)
        {
            return exists;
        }

        // Native clients get in before the silo's start has made the first virtual host: not yet is not never.
        await sweep.Started.WaitAsync(cancellationToken);
        return await tables.VirtualHostExistsAsync(name, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListVirtualHostsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in store.ScanAsync(TopologyKeys.VirtualHosts, null, cancellationToken))
        {
            if (TopologyRows.Number(row) == VirtualHostRows.Live)
            {
                yield return TopologyKeys.Parts(row.Key, 1)[0];
            }
        }
    }

    public Task DeclareExchangeAsync(ExchangeDefinition exchange, CancellationToken cancellationToken)
    {
        var declared = exchange with { Id = EntityNames.Clean(exchange.Id) };
        ExchangeRules.CheckDeclaration(declared);
        return Exchange(declared.Id).DeclareAsync(declared).WaitAsync(cancellationToken);
    }

    public async Task<ExchangeDefinition> GetExchangeAsync(ExchangeId id, CancellationToken cancellationToken)
    {
        var clean = EntityNames.Clean(id);
        var row = await store.GetAsync(TopologyKeys.Exchange(clean), cancellationToken);
        return row is null ? throw NotFound(clean) : TopologyRows.Exchange(row);
    }

    public Task DeleteExchangeAsync(ExchangeId id, bool ifUnused, CancellationToken cancellationToken)
    {
        var clean = EntityNames.Clean(id);
        ExchangeRules.CheckDeletion(clean);
        return Exchange(clean).DeleteAsync(ifUnused).WaitAsync(cancellationToken);
    }

    public async Task<QueueStatus> DeclareQueueAsync(QueueDefinition queue, CancellationToken cancellationToken)
    {
        var id = EntityNames.Clean(queue.Id);
        if (id.Name.Length == 0)
        {
            id = new QueueId(id.VirtualHost, EntityNames.Generate());
        }
        else
        {
            EntityNames.CheckQueue(id.Name);
        }

        telemetry.Flow.QueueDeclared();
        var declared = WithType(queue with { Id = id }, await settings.GetAsync(cancellationToken));
        return await CreateQueueAsync(declared, cancellationToken) ?? await queues(id).DeclareAsync(declared).WaitAsync(cancellationToken);
    }

    public Task<QueueStatus> GetQueueAsync(QueueId id, Guid? connection, CancellationToken cancellationToken) =>
        queues(EntityNames.Clean(id)).GetStatusAsync(connection).WaitAsync(cancellationToken);

    public async ValueTask<QueueDefinition?> FindQueueAsync(QueueId id, CancellationToken cancellationToken) =>
        DelayQueue.IsNameOfOne(id.Name) ? null : await rows.FindAsync(id, cancellationToken);

    public Task<long> DeleteQueueAsync(QueueId id, DeleteQueueOptions options, CancellationToken cancellationToken) =>
        queues(EntityNames.Clean(id)).DeleteAsync(options).WaitAsync(cancellationToken);

    public async Task BindAsync(BindingDefinition binding, Guid? connection, CancellationToken cancellationToken)
    {
        var clean = await CheckBindingAsync(binding, connection, cancellationToken);
        await Exchange(clean.Source).BindAsync(clean).WaitAsync(cancellationToken);
    }

    public async Task UnbindAsync(BindingDefinition binding, Guid? connection, CancellationToken cancellationToken)
    {
        var clean = await CheckBindingAsync(binding, connection, cancellationToken);
        await Exchange(clean.Source).UnbindAsync(clean).WaitAsync(cancellationToken);
    }

    public IAsyncEnumerable<ExchangeDefinition> ListExchangesAsync(string virtualHost, CancellationToken cancellationToken) =>
        ListAsync(TopologyKeys.Exchanges(virtualHost), TopologyRows.Exchange, cancellationToken);

    public IAsyncEnumerable<QueueDefinition> ListQueuesAsync(string virtualHost, CancellationToken cancellationToken) =>
        ListQueuesAsync(virtualHost, null, cancellationToken);

    public IAsyncEnumerable<QueueDefinition> ListQueuesAsync(string virtualHost, string? after, CancellationToken cancellationToken) =>
        ListAsync(TopologyKeys.Queues(virtualHost), TopologyRows.Queue, cancellationToken, after is null ? null : TopologyKeys.Queue(new(virtualHost, after)))
            .Where(queue => !DelayQueue.IsNameOfOne(queue.Id.Name));

    public ValueTask<QueueOutline> OutlineQueuesAsync(string virtualHost, CancellationToken cancellationToken) =>
        outlines.GetAsync(virtualHost, cancellationToken);

    public ValueTask<IQueueNames?> ListQueueNamesAsync(string virtualHost, CancellationToken cancellationToken) =>
        outlines.GetNamesAsync(virtualHost, cancellationToken);

    public IAsyncEnumerable<BindingDefinition> ListBindingsAsync(string virtualHost, CancellationToken cancellationToken) =>
        ListAsync(TopologyKeys.Bindings(virtualHost), TopologyRows.Binding, cancellationToken);

    public IAsyncEnumerable<BindingDefinition> ListBindingsFromAsync(ExchangeId source, CancellationToken cancellationToken) =>
        ListAsync(TopologyKeys.BindingsFrom(source), TopologyRows.Binding, cancellationToken);

    public async IAsyncEnumerable<BindingDefinition> ListBindingsToAsync(
        string virtualHost, Destination destination, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var reverse in store.ScanAsync(TopologyKeys.BindingsTo(virtualHost, destination), null, cancellationToken))
        {
            // One that was removed since is not there any more.
            if (await store.GetAsync(TopologyKeys.BindingOfReverse(reverse.Key), cancellationToken) is { } row)
            {
                yield return TopologyRows.Binding(row);
            }
        }
    }

    public async ValueTask<bool> ExistsAsync(QueueId id, CancellationToken cancellationToken) =>
        await store.GetAsync(TopologyKeys.Queue(EntityNames.Clean(id)), cancellationToken) is not null;

    public async ValueTask<bool> ExistsAsync(ExchangeId id, CancellationToken cancellationToken) =>
        await store.GetAsync(TopologyKeys.Exchange(EntityNames.Clean(id)), cancellationToken) is not null;

    public Task<long> CountQueuesAsync(string virtualHost, CancellationToken cancellationToken) => counting.CountAsync(virtualHost, cancellationToken);

    private static BrokerException NotFound(object what) => new(ReplyCode.NotFound, $"no {what}");

    /// <summary>A queue that is declared without a type has its virtual host's, where that can be: as RabbitMQ has it, in its arguments.</summary>
    private static QueueDefinition WithType(QueueDefinition queue, SettingsSnapshot settings) =>
        settings.VirtualHosts.GetValueOrDefault(queue.Id.VirtualHost)?.Definition.DefaultQueueType is { } type
        && queue is { Durable: true, AutoDelete: false, ExclusiveOwner: null } && !queue.Arguments.TryGetValue("x-queue-type", out _)
            ? queue with { Arguments = queue.Arguments.With("x-queue-type", type) }
            : queue;

    private IExchangeGrain Exchange(ExchangeId id) => grains.GetGrain<IExchangeGrain>(id.ToGrainKey());

    /// <summary>
    /// Creates a queue that is not there by its row alone: nobody knows its grain yet, and it need not be woken. Null: ask the grain.
    /// </summary>
    private async Task<QueueStatus?> CreateQueueAsync(QueueDefinition queue, CancellationToken cancellationToken)
    {
        DelayQueue.RefuseClients(queue.Id);
        if (await rows.FindAsync(queue.Id, cancellationToken) is not null || QueueSettings.From(queue).Expires is not null)
        {
            // One that expires has to be open for that.
            return null;
        }

        var (definition, isNew) = await rows.CreateAsync(queue).WaitAsync(cancellationToken);
        return isNew ? new QueueStatus { Definition = definition } : null;
    }

    private async Task<BindingDefinition> CheckBindingAsync(BindingDefinition binding, Guid? connection, CancellationToken cancellationToken)
    {
        var clean = EntityNames.Clean(binding);
        ExchangeRules.CheckBindingEnds(clean);
        if (clean.Destination.Kind == DestinationKind.Stream)
        {
            EntityNames.CheckStream(clean.Destination.Name);
        }
        else if (clean.Destination.Kind == DestinationKind.Queue)
        {
            // Whether the queue exists is for the exchange to say, after it has looked whether it exists itself.
            var id = new QueueId(clean.Source.VirtualHost, clean.Destination.Name);
            if (await store.GetAsync(TopologyKeys.Queue(id), cancellationToken) is { } row
                && TopologyRows.Queue(row).ExclusiveOwner is { } owner
                && owner.Connection != connection)
            {
                throw new BrokerException(
                    ReplyCode.ResourceLocked,
                    $"cannot obtain exclusive access to locked {id}. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.");
            }
        }

        return clean;
    }

    private async IAsyncEnumerable<T> ListAsync<T>(
        string prefix, Func<TopologyRow, T> decode, [EnumeratorCancellation] CancellationToken cancellationToken, string? after = null)
    {
        await foreach (var row in store.ScanAsync(prefix, after, cancellationToken))
        {
            yield return decode(row);
        }
    }
}
