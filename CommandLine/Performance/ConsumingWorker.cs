using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Performance;

/// <summary>One consumer, which counts and acknowledges.</summary>
internal sealed class ConsumingWorker(IChannel channel, LoadOptions load, Counters counters) : AsyncDefaultBasicConsumer(channel)
{
    private int _unacked;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (load.Prefetch > 0)
        {
            await Channel.BasicQosAsync(0, (ushort)load.Prefetch, global: false, cancellationToken);
        }

        await Channel.BasicConsumeAsync(load.Queue, autoAck: load.Prefetch == 0, this, cancellationToken);
    }

    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        counters.Received(body.Span);
        if (load.Prefetch > 0 && ++_unacked >= load.AckEach)
        {
            _unacked = 0;
            await Channel.BasicAckAsync(deliveryTag, multiple: true, cancellationToken);
        }
    }
}
