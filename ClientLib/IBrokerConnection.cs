namespace OrleansBroker.ClientLib;

/// <summary>
/// A connection to the broker. All members may be called at the same time; messages are published in the order of the calls. Refusals
/// are <see cref="Grains.Interfaces.Errors.BrokerException"/>s with AMQP's codes, and a broker that stays away is a
/// <see cref="BrokerUnreachableException"/>.
/// </summary>
public interface IBrokerConnection : IAsyncDisposable
{
    /// <summary>Creates an exchange, durable unless the options say otherwise. Does nothing where the same one exists; 406 where another does.</summary>
    Task CreateExchangeAsync(string name, ExchangeType type, ExchangeOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes an exchange with its bindings; does nothing where it is missing.</summary>
    Task DeleteExchangeAsync(string name, bool ifUnused = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Creates a queue, durable unless the options say otherwise, and binds it to the exchange, where one is named, under its own name
    /// or the given routing key. Does nothing where the same one exists; 406 where another does. An empty name lets the broker choose.
    /// </summary>
    Task<QueueInfo> CreateQueueAsync(
        string name, string? exchange = null, string? routingKey = null, QueueOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>A queue's counts; 404 where it is missing. Null is the default queue.</summary>
    Task<QueueInfo> GetQueueAsync(string? queue = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a queue and returns how many messages were ready; 0 where it is missing.</summary>
    Task<long> DeleteQueueAsync(string name, bool ifUnused = false, bool ifEmpty = false, CancellationToken cancellationToken = default);

    /// <summary>Drops what is ready in a queue and returns how many messages that were. Null is the default queue.</summary>
    Task<long> PurgeAsync(string? queue = null, CancellationToken cancellationToken = default);

    /// <summary>Binds a queue to an exchange, under its own name unless a routing key is given. The very next publish heeds it.</summary>
    Task BindAsync(
        string queue,
        string exchange,
        string? routingKey = null,
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes a binding of a queue; does nothing where it is missing.</summary>
    Task UnbindAsync(
        string queue,
        string exchange,
        string? routingKey = null,
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default);

    /// <summary>Binds an exchange to another one: what the source routes by the key goes on to the destination.</summary>
    Task BindExchangeAsync(
        string destination,
        string source,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes a binding between exchanges; does nothing where it is missing.</summary>
    Task UnbindExchangeAsync(
        string destination,
        string source,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Binds an Orleans stream of another provider of the silos to an exchange: its subscribers get
    /// <see cref="Grains.Interfaces.Messages.StreamedMessage"/> items.
    /// </summary>
    Task BindStreamAsync(
        string provider,
        StreamId stream,
        string exchange,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes a binding of a stream; does nothing where it is missing.</summary>
    Task UnbindStreamAsync(
        string provider,
        StreamId stream,
        string exchange,
        string routingKey = "",
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes a text. The task completes when the message is in every queue that it was routed to, on disk where both are durable.
    /// Without an exchange it goes to the named queue, without either to the default queue; with an exchange the queue's name is the
    /// routing key unless one is given.
    /// </summary>
    /// <exception cref="UnroutableException">It was mandatory, and no queue wanted it.</exception>
    /// <exception cref="PublishRefusedException">A full queue refused it.</exception>
    /// <exception cref="PublishUnknownException">The broker did not answer: it may be enqueued or not.</exception>
    Task PublishAsync(
        string message,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default);

    /// <summary>Publishes bytes as they are: see <see cref="PublishAsync(string, string?, string?, string?, MessageProperties?, bool, CancellationToken)"/>. They must not change until the task completes.</summary>
    Task PublishAsync(
        ReadOnlyMemory<byte> message,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes a value as JSON: see <see cref="PublishAsync(string, string?, string?, string?, MessageProperties?, bool, CancellationToken)"/>.
    /// Bytes and texts go as they are; a <see cref="Publishing.PublishMessage"/> brings its own route and properties.
    /// </summary>
    Task PublishAsync<T>(
        T message,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes messages in one batch, with one commit: the task completes when all are safe, and fails where any failed; the others
    /// are enqueued all the same. At most 64 MiB.
    /// </summary>
    Task PublishBatchAsync<T>(
        IEnumerable<T> messages,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Brings a queue's messages to a handler, one after another. Each is acked when the handler returns, rejected when it throws.
    /// </summary>
    /// <param name="handler">The handler. It runs on the thread pool.</param>
    /// <param name="queue">The queue; the default queue unless it is named.</param>
    /// <param name="prefetch">Messages on their way or unsettled at a time; 0: 250, or 2,000 with <paramref name="autoAck"/>.</param>
    /// <param name="autoAck">Messages are settled by being sent: faster, and lost where the handler or the process fails.</param>
    /// <param name="onError">Told of each exception that the handler throws.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    Task<Subscription> SubscribeAsync(
        Action<Delivery> handler,
        string? queue = null,
        int prefetch = 0,
        bool autoAck = false,
        Action<Delivery, Exception>? onError = null,
        CancellationToken cancellationToken = default);

    /// <summary>Brings a queue's messages to an asynchronous handler: see <see cref="SubscribeAsync(Action{Delivery}, string?, int, bool, Action{Delivery, Exception}?, CancellationToken)"/>.</summary>
    Task<Subscription> SubscribeAsync(
        Func<Delivery, Task> handler,
        string? queue = null,
        int prefetch = 0,
        bool autoAck = false,
        Action<Delivery, Exception>? onError = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a queue's messages until cancelled; the application settles each delivery itself. When the loop ends, what it left
    /// unsettled returns to the queue.
    /// </summary>
    /// <param name="queue">The queue; the default queue unless it is named.</param>
    /// <param name="prefetch">Messages on their way or unsettled at a time; 0: 250, or 2,000 with <paramref name="autoAck"/>.</param>
    /// <param name="autoAck">Messages are settled by being sent.</param>
    /// <param name="cancellationToken">Ends the loop with an <see cref="OperationCanceledException"/>.</param>
    IAsyncEnumerable<Delivery> ReadAllAsync(
        string? queue = null, int prefetch = 0, bool autoAck = false, CancellationToken cancellationToken = default);

    /// <summary>Takes one message, to be settled by the application, or null where the queue has none ready.</summary>
    /// <exception cref="BrokerUnreachableException">
    /// The broker did not answer. A message that it may have handed out returns to the queue, but with <paramref name="autoAck"/> it is gone:
    /// a get is never repeated for you.
    /// </exception>
    Task<Delivery?> GetAsync(string? queue = null, bool autoAck = false, CancellationToken cancellationToken = default);
}
