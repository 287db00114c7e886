using OrleansBroker.ClientLib.Messages;
using OrleansBroker.ClientLib.Publishing;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.ClientLib;

public sealed partial class Connection
{
    // Orleans refuses messages of more than 100 MiB, and tears the connection down for them.
    private const long MaxBatchBytes = 64 * 1024 * 1024;

    /// <inheritdoc/>
    public Task PublishAsync(
        string message,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return PublishOneAsync(message, Route.Of(queue, exchange, routingKey), properties, mandatory, cancellationToken);
    }

    /// <inheritdoc/>
    public Task PublishAsync(
        ReadOnlyMemory<byte> message,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default) =>
        PublishOneAsync(message, Route.Of(queue, exchange, routingKey), properties, mandatory, cancellationToken);

    /// <inheritdoc/>
    public Task PublishAsync<T>(
        T message,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default) =>
        PublishOneAsync(message, Route.Of(queue, exchange, routingKey), properties, mandatory, cancellationToken);

    /// <inheritdoc/>
    public Task PublishBatchAsync<T>(
        IEnumerable<T> messages,
        string? queue = null,
        string? exchange = null,
        string? routingKey = null,
        MessageProperties? properties = null,
        bool mandatory = false,
        CancellationToken cancellationToken = default) =>
        PublishManyAsync(messages, Route.Of(queue, exchange, routingKey), properties, mandatory, cancellationToken);

    internal Task PublishOneAsync<T>(
        T message, Route route, MessageProperties? properties, bool mandatory, CancellationToken cancellationToken)
    {
        var publish = new PendingPublish(mandatory);
        return _publishing.HasRoom
            ? _publishing.PublishAsync(publish.With(_payload.Encode(message, route, properties)), cancellationToken)
            : _publishing.PublishAsync(publish, p => p.With(_payload.Encode(message, route, properties)), cancellationToken);
    }

    internal Task PublishManyAsync<T>(
        IEnumerable<T> messages, Route route, MessageProperties? properties, bool mandatory, CancellationToken cancellationToken)
    {
        var publish = new PendingPublish(mandatory);
        BrokerMessage[] batch = [.. messages.Select(m => _payload.Encode(m, route, properties))];
        publish.Batch = batch;
        if (publish.Size > MaxBatchBytes)
        {
            throw new ArgumentException($"A batch may have {MaxBatchBytes} octets at most, not {publish.Size}", nameof(messages));
        }

        return batch.Length == 0 ? Task.CompletedTask : _publishing.PublishAsync(publish, cancellationToken);
    }
}
