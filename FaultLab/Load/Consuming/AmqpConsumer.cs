using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Topology;
using RabbitMQ.Client;

namespace OrleansBroker.FaultLab.Load.Consuming;

/// <summary>Consumes a queue over AMQP. Each session is a consumer of its own, with a prefetch that is drawn.</summary>
internal sealed class AmqpConsumer(LoadScope scope, int number, LabQueue queue, bool isSlow = false) : AmqpSession(scope, number)
{
    /// <inheritdoc/>
    protected override bool IsSlow => isSlow;

    /// <inheritdoc/>
    protected override LabQueue DrawQueue() => queue;

    /// <inheritdoc/>
    protected override async Task ConsumeAsync(ConsumerLife life, CancellationToken ends)
    {
        await life.Channel.BasicQosAsync(0, (ushort)life.Prefetch, global: false, ends);
        var tag = await life.Channel.BasicConsumeAsync(queue.Name, autoAck: false, new Receiver(life), ends);
        life.ConsumerTag = tag;
        await life.Held.TickAsync(ends);
    }

    /// <summary>What the library calls.</summary>
    private sealed class Receiver(ConsumerLife life) : AsyncDefaultBasicConsumer(life.Channel)
    {
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
            var (message, damage) = MessageSeal.Check(properties.MessageId, properties.CorrelationId, body.Span);
            try
            {
                await life.Held.DeliveredAsync(message, damage, redelivered, deliveryTag);
            }
            catch (Exception failure)
            {
                // Nobody above would hear of it.
                life.Fail(failure);
            }
        }

        public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
        {
            life.Fail(new InvalidOperationException("The broker cancelled the consumer."));
            return Task.CompletedTask;
        }
    }
}
