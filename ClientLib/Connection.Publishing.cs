using System.Diagnostics;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.ClientLib.Publishing;
using OrleansBroker.ClientLib.Telemetry;
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
        if (Telemetry.IsPublishObserved)
        {
            return PublishObservedAsync(route, 1, context => HandOneAsync(message, route, properties, mandatory, context, cancellationToken));
        }

        return HandOneAsync(message, route, properties, mandatory, null, cancellationToken);
    }

    internal Task PublishManyAsync<T>(
        IEnumerable<T> messages, Route route, MessageProperties? properties, bool mandatory, CancellationToken cancellationToken)
    {
        BrokerMessage[] batch = [.. messages.Select(m => _payload.Encode(m, route, properties))];
        if (Telemetry.IsPublishObserved && batch.Length > 0)
        {
            return PublishObservedAsync(
                route,
                batch.Length,
                context => HandManyAsync(context is null ? batch : [.. batch.Select(m => TracePropagation.With(m, context))], mandatory, cancellationToken));
        }

        return batch.Length == 0 ? Task.CompletedTask : HandManyAsync(batch, mandatory, cancellationToken);
    }

    private Task HandOneAsync<T>(
        T message, Route route, MessageProperties? properties, bool mandatory, Activity? context, CancellationToken cancellationToken)
    {
        var publish = new PendingPublish(mandatory);
        return _publishing.HasRoom
            ? _publishing.PublishAsync(publish.With(Encode(message, route, properties, context)), cancellationToken)
            : _publishing.PublishAsync(publish, p => p.With(Encode(message, route, properties, context)), cancellationToken);
    }

    private BrokerMessage Encode<T>(T message, Route route, MessageProperties? properties, Activity? context)
    {
        var encoded = _payload.Encode(message, route, properties);
        return context is null ? encoded : TracePropagation.With(encoded, context);
    }

    private Task HandManyAsync(BrokerMessage[] messages, bool mandatory, CancellationToken cancellationToken)
    {
        var publish = new PendingPublish(mandatory) { Batch = messages };
        if (publish.Size > MaxBatchBytes)
        {
            throw new ArgumentException($"A batch may have {MaxBatchBytes} octets at most, not {publish.Size}", nameof(messages));
        }

        return _publishing.PublishAsync(publish, cancellationToken);
    }

    /// <summary>Publishes within an activity, where somebody listens, and carries the context of the innermost one there is.</summary>
    private async Task PublishObservedAsync(Route route, int messages, Func<Activity?, Task> hand)
    {
        var since = Telemetry.Timestamp;
        using var activity = Telemetry.StartPublish(route, messages);
        Exception? failure = null;
        try
        {
            await hand(activity ?? Activity.Current).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            ClientTelemetry.Fail(activity, e);
            throw;
        }
        finally
        {
            Telemetry.Published(route, messages, since, failure);
        }
    }
}
