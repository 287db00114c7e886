using System.Threading.Channels;
using OrleansBroker.CommandLine.Invocations;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.CommandLine.Amqp;

/// <summary>A consumer whose deliveries are read one after the other. The prefetch bounds how many wait.</summary>
internal sealed class DeliveryReader : AsyncDefaultBasicConsumer
{
    private readonly Channel<Delivery> _deliveries;
    private readonly string _queue;
    private string _tag = "";

    private DeliveryReader(IChannel channel, string queue, ushort prefetch)
        : base(channel)
    {
        _queue = queue;
        _deliveries = System.Threading.Channels.Channel.CreateBounded<Delivery>(prefetch);
    }

    /// <summary>Begins to consume, with manual acknowledgements.</summary>
    public static async Task<DeliveryReader> StartAsync(IChannel channel, string queue, ushort prefetch, CancellationToken cancellationToken)
    {
        var reader = new DeliveryReader(channel, queue, prefetch);
        await channel.BasicQosAsync(0, prefetch, global: false, cancellationToken);
        reader._tag = await channel.BasicConsumeAsync(queue, autoAck: false, reader, cancellationToken);
        return reader;
    }

    /// <summary>Ends it; what has come keeps waiting for its acknowledgement.</summary>
    public Task StopAsync() => Channel.BasicCancelAsync(_tag, noWait: false, CancellationToken.None);

    /// <summary>A delivery that has come; null where none has.</summary>
    public Delivery? TryRead() => _deliveries.Reader.TryRead(out var delivery) ? delivery : null;

    /// <summary>The next delivery; null when none came for as long as <paramref name="patience"/>.</summary>
    public async Task<Delivery?> ReadAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (TryRead() is { } waiting)
        {
            return waiting;
        }

        using var timeout = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _deliveries.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (ChannelClosedException exception)
        {
            throw exception.InnerException ?? new CommandFailure($"The channel that consumed '{_queue}' was closed.");
        }
    }

    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default) =>
        await _deliveries.Writer.WriteAsync(
            new Delivery(deliveryTag, redelivered, exchange, routingKey, properties, body.ToArray()), cancellationToken);

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _deliveries.Writer.TryComplete(new CommandFailure($"The broker ended the consumer: queue '{_queue}' was deleted or moved."));
        return base.HandleBasicCancelAsync(consumerTag, cancellationToken);
    }

    public override Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        _deliveries.Writer.TryComplete(new OperationInterruptedException(reason));
        return base.HandleChannelShutdownAsync(channel, reason);
    }
}
