using System.Runtime.CompilerServices;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.ClientLib;

public sealed partial class Connection
{
    /// <inheritdoc/>
    public Task<Subscription> SubscribeAsync(
        Action<Delivery> handler,
        string? queue = null,
        int prefetch = 0,
        bool autoAck = false,
        Action<Delivery, Exception>? onError = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SubscribeAsync(
            delivery =>
            {
                handler(delivery);
                return Task.CompletedTask;
            },
            queue,
            prefetch,
            autoAck,
            onError,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Subscription> SubscribeAsync(
        Func<Delivery, Task> handler,
        string? queue = null,
        int prefetch = 0,
        bool autoAck = false,
        Action<Delivery, Exception>? onError = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var consumer = await StartConsumerAsync(ConsumerOptions.Of(queue, prefetch, autoAck), cancellationToken).ConfigureAwait(false);
        return new Subscription(consumer, handler, onError, Telemetry, _options.TimeProvider, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Delivery> ReadAllAsync(
        string? queue = null, int prefetch = 0, bool autoAck = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var consumer = await StartConsumerAsync(ConsumerOptions.Of(queue, prefetch, autoAck), cancellationToken).ConfigureAwait(false);
        await using var disposing = consumer.ConfigureAwait(false);
        while (await consumer.NextAsync(cancellationToken).ConfigureAwait(false) is { } batch)
        {
            for (var i = batch.Skip; i < batch.Batch.Messages.Count && consumer.IsCurrent(batch); i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Telemetry.Consumed("receive", consumer.Options.Queue, 1);
                yield return consumer.DeliveryOf(batch, i);
                if (autoAck)
                {
                    consumer.Processed(batch, 1);
                }
            }
        }
    }

    /// <inheritdoc/>
    public Task<Delivery?> GetAsync(string? queue = null, bool autoAck = false, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_session.Closing.IsCancellationRequested, this);
        return _cluster.RunAsync(() => GetNowAsync(queue ?? Route.DefaultQueue, autoAck, cancellationToken));
    }

    internal Task<BufferedConsumer> StartConsumerAsync(ConsumerOptions options, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_session.Closing.IsCancellationRequested, this);
        return _cluster.RunAsync(() => BufferedConsumer.StartAsync(_consuming, options, _payload, cancellationToken));
    }

    private async Task<Delivery?> GetNowAsync(string queue, bool autoAck, CancellationToken cancellationToken)
    {
        var since = Telemetry.Timestamp;
        (GetReply, Attachment?) answer;
        try
        {
            answer = await _consuming.GetAsync(queue, autoAck, _session.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Telemetry.Got(queue, 0, since, e);
            if (Session.IsTransient(e))
            {
                throw new BrokerUnreachableException($"The broker did not answer a get of queue '{queue}'; whether it handed out a message is unknown.", e);
            }

            throw;
        }

        var (reply, holder) = answer;
        Telemetry.Got(queue, reply.Delivery is null ? 0 : 1, since, null);
        return reply.Delivery is { } got
            ? new Delivery(
                got.Messages.Messages.Span[0],
                got.Redelivered is { Length: > 0 },
                got.FirstDelivery,
                holder ?? (ISettler)SettledAlready.Instance,
                _payload)
            : null;
    }
}
