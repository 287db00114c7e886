using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>
/// Definitions of all virtual hosts, as one silo's gateways, sessions and management see them. What changes something goes to the
/// grain that owns it; what lists or counts reads the store and never activates a grain. A refusal is a
/// <see cref="Errors.BrokerException"/> with the reply text that RabbitMQ gives.
/// </summary>
public interface ITopology
{
    /// <summary>Creates the virtual host with the predeclared exchanges and the default queue; does nothing where it exists.</summary>
    Task CreateVirtualHostAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes the virtual host with all that is in it; 404 where it is missing.</summary>
    Task DeleteVirtualHostAsync(string name, CancellationToken cancellationToken);

    /// <summary>Whether the virtual host exists. Cached for the lease of the routing tables.</summary>
    ValueTask<bool> VirtualHostExistsAsync(string name, CancellationToken cancellationToken);

    /// <summary>The virtual hosts' names.</summary>
    IAsyncEnumerable<string> ListVirtualHostsAsync(CancellationToken cancellationToken);

    /// <summary>Declares the exchange: creates it, or checks that the existing one is alike (406 names the argument that differs).</summary>
    Task DeclareExchangeAsync(ExchangeDefinition exchange, CancellationToken cancellationToken);

    /// <summary>The exchange's definition; 404 where it is missing (a passive declare).</summary>
    Task<ExchangeDefinition> GetExchangeAsync(ExchangeId id, CancellationToken cancellationToken);

    /// <summary>Deletes the exchange with its bindings; does nothing where it is missing; 406 where it is in use and must not be.</summary>
    Task DeleteExchangeAsync(ExchangeId id, bool ifUnused, CancellationToken cancellationToken);

    /// <summary>
    /// Declares the queue: creates it, or checks that the existing one is alike. An empty name is replaced by one of the server's,
    /// <c>amq.gen-</c> and 22 characters. Its binding to the default exchange needs no row.
    /// </summary>
    Task<QueueStatus> DeclareQueueAsync(QueueDefinition queue, CancellationToken cancellationToken);

    /// <summary>The queue's status; 404 where it is missing, 405 where it is another connection's (a passive declare).</summary>
    Task<QueueStatus> GetQueueAsync(QueueId id, Guid? connection, CancellationToken cancellationToken);

    /// <summary>The queue's definition as its row has it, without waking the queue; null where it is missing.</summary>
    ValueTask<QueueDefinition?> FindQueueAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Deletes the queue with its bindings and messages and returns how many were ready; 0 where it is missing.</summary>
    Task<long> DeleteQueueAsync(QueueId id, DeleteQueueOptions options, CancellationToken cancellationToken);

    /// <summary>Binds; when this returns, no publish on any silo misses the binding. Does nothing where the same binding exists.</summary>
    Task BindAsync(BindingDefinition binding, Guid? connection, CancellationToken cancellationToken);

    /// <summary>Unbinds; does nothing where the binding is missing.</summary>
    Task UnbindAsync(BindingDefinition binding, Guid? connection, CancellationToken cancellationToken);

    /// <summary>The exchanges of a virtual host, in the order of their names.</summary>
    IAsyncEnumerable<ExchangeDefinition> ListExchangesAsync(string virtualHost, CancellationToken cancellationToken);

    /// <summary>The queues of a virtual host, in the order of their names.</summary>
    IAsyncEnumerable<QueueDefinition> ListQueuesAsync(string virtualHost, CancellationToken cancellationToken);

    /// <summary>The queues of a virtual host behind a name, in the order of their names.</summary>
    IAsyncEnumerable<QueueDefinition> ListQueuesAsync(string virtualHost, string? after, CancellationToken cancellationToken);

    /// <summary>
    /// How many queues a virtual host has and where they lie. Of many thousands it is the count of the last
    /// time somebody asked, which this brings up to date: counting them takes time.
    /// </summary>
    ValueTask<QueueOutline> OutlineQueuesAsync(string virtualHost, CancellationToken cancellationToken);

    /// <summary>
    /// The names of a virtual host's queues; null where they are too many to be kept in memory. Of many thousands they are those of the
    /// last count, with what came and went through this silo since.
    /// </summary>
    ValueTask<IQueueNames?> ListQueueNamesAsync(string virtualHost, CancellationToken cancellationToken);

    /// <summary>The bindings of a virtual host, without those to the default exchange.</summary>
    IAsyncEnumerable<BindingDefinition> ListBindingsAsync(string virtualHost, CancellationToken cancellationToken);

    /// <summary>The bindings that the exchange is the source of.</summary>
    IAsyncEnumerable<BindingDefinition> ListBindingsFromAsync(ExchangeId source, CancellationToken cancellationToken);

    /// <summary>The bindings that lead to the destination, without the one to the default exchange.</summary>
    IAsyncEnumerable<BindingDefinition> ListBindingsToAsync(string virtualHost, Destination destination, CancellationToken cancellationToken);

    /// <summary>Whether the queue exists; its grain is not asked.</summary>
    ValueTask<bool> ExistsAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Whether the exchange exists; its grain is not asked.</summary>
    ValueTask<bool> ExistsAsync(ExchangeId id, CancellationToken cancellationToken);

    /// <summary>How many queues a virtual host has.</summary>
    Task<long> CountQueuesAsync(string virtualHost, CancellationToken cancellationToken);
}
