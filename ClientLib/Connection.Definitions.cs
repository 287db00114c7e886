using OrleansBroker.ClientLib.Definitions;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Sessions;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.ClientLib;

public sealed partial class Connection
{
    /// <inheritdoc/>
    public Task CreateExchangeAsync(
        string name, ExchangeType type, ExchangeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ExchangeOptions();
        var definition = new ExchangeDefinition
        {
            Id = new ExchangeId(_options.VirtualHost, name),
            Type = type.Name,
            Durable = options.Durable,
            AutoDelete = options.AutoDelete,
            Internal = options.Internal,
            Arguments = DeclaredArguments.Of(options),
        };
        return CallAsync(grain => grain.DeclareExchangeAsync(definition), cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteExchangeAsync(string name, bool ifUnused = false, CancellationToken cancellationToken = default) =>
        CallAsync(grain => grain.DeleteExchangeAsync(name, ifUnused), cancellationToken);

    /// <inheritdoc/>
    public async Task<QueueInfo> CreateQueueAsync(
        string name, string? exchange = null, string? routingKey = null, QueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new QueueOptions();
        var definition = new QueueDefinition
        {
            Id = new QueueId(_options.VirtualHost, name),
            Durable = options.Durable,
            AutoDelete = options.AutoDelete,
            Arguments = DeclaredArguments.Of(options),
        };
        var status = await CallAsync(grain => grain.DeclareQueueAsync(definition, options.Exclusive), cancellationToken).ConfigureAwait(false);
        var info = InfoOf(status);
        if (!string.IsNullOrEmpty(exchange))
        {
            await BindAsync(info.Name, exchange, routingKey, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        return info;
    }

    /// <inheritdoc/>
    public async Task<QueueInfo> GetQueueAsync(string? queue = null, CancellationToken cancellationToken = default) =>
        InfoOf(await CallAsync(grain => grain.GetQueueAsync(queue ?? Route.DefaultQueue), cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<long> DeleteQueueAsync(
        string name, bool ifUnused = false, bool ifEmpty = false, CancellationToken cancellationToken = default)
    {
        var options = new DeleteQueueOptions { IfUnused = ifUnused, IfEmpty = ifEmpty };
        return CallAsync(grain => grain.DeleteQueueAsync(name, options), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> PurgeAsync(string? queue = null, CancellationToken cancellationToken = default) =>
        CallAsync(grain => grain.PurgeAsync(queue ?? Route.DefaultQueue), cancellationToken);

    /// <inheritdoc/>
    public Task BindAsync(
        string queue,
        string exchange,
        string? routingKey = null,
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default) =>
        BindAsync(BindingOf(exchange, DestinationKind.Queue, queue, routingKey ?? queue, arguments), cancellationToken);

    /// <inheritdoc/>
    public Task UnbindAsync(
        string queue,
        string exchange,
        string? routingKey = null,
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default) =>
        UnbindAsync(BindingOf(exchange, DestinationKind.Queue, queue, routingKey ?? queue, arguments), cancellationToken);

    /// <inheritdoc/>
    public Task BindExchangeAsync(
        string destination,
        string source,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default) =>
        BindAsync(BindingOf(source, DestinationKind.Exchange, destination, routingKey, arguments), cancellationToken);

    /// <inheritdoc/>
    public Task UnbindExchangeAsync(
        string destination,
        string source,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default) =>
        UnbindAsync(BindingOf(source, DestinationKind.Exchange, destination, routingKey, arguments), cancellationToken);

    /// <inheritdoc/>
    public Task BindStreamAsync(
        string provider,
        StreamId stream,
        string exchange,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default) =>
        BindAsync(BindingOf(exchange, DestinationKind.Stream, NameOf(provider, stream), routingKey, arguments), cancellationToken);

    /// <inheritdoc/>
    public Task UnbindStreamAsync(
        string provider,
        StreamId stream,
        string exchange,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default) =>
        UnbindAsync(BindingOf(exchange, DestinationKind.Stream, NameOf(provider, stream), routingKey, arguments), cancellationToken);

    private static string NameOf(string provider, StreamId stream) => $"{provider}/{stream.GetNamespace()}/{stream.GetKeyAsString()}";

    private static QueueInfo InfoOf(QueueStatus status) =>
        new(status.Definition.Id.Name, status.Ready, status.Unacked, status.Consumers);

    private BindingDefinition BindingOf(
        string source, DestinationKind kind, string destination, string routingKey, IReadOnlyDictionary<string, object?>? arguments) => new()
        {
            Source = new ExchangeId(_options.VirtualHost, source),
            Destination = new Destination(kind, destination),
            RoutingKey = routingKey,
            Arguments = HeaderValues.ToTable(arguments ?? EmptyArguments.Instance),
        };

    private Task BindAsync(BindingDefinition binding, CancellationToken cancellationToken) =>
        CallAsync(grain => grain.BindAsync(binding), cancellationToken);

    private Task UnbindAsync(BindingDefinition binding, CancellationToken cancellationToken) =>
        CallAsync(grain => grain.UnbindAsync(binding), cancellationToken);

    private Task CallAsync(Func<ISessionGrain, Task> call, CancellationToken cancellationToken) =>
        CallAsync(
            async grain =>
            {
                await call(grain).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Definitions may be repeated when their outcome is unknown: the second time does nothing.</summary>
    private Task<T> CallAsync<T>(Func<ISessionGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_session.Closing.IsCancellationRequested, this);
        return _cluster.RunAsync(() => _session.CallAsync(call, cancellationToken));
    }
}
