using System.Threading.Channels;
using OrleansBroker.FaultLab.History;
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
        var arrived = Channel.CreateUnbounded<Arrival>();
        life.ConsumerTag = await life.Channel.BasicConsumeAsync(queue.Name, autoAck: false, new Receiver(life, arrived), ends);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ends);
        Task[] work = [TakeAsync(life, arrived.Reader, either.Token), life.Held.TickAsync(either.Token)];
        await Task.WhenAny(work);
        await either.CancelAsync();
        await Task.WhenAll(work);
    }

    private static async Task TakeAsync(ConsumerLife life, ChannelReader<Arrival> arrived, CancellationToken ends)
    {
        await foreach (var (message, tag) in arrived.ReadAllAsync(ends))
        {
            await life.Held.TakeAsync(message, tag);
        }
    }

    /// <summary>A message that came, and its delivery tag.</summary>
    private readonly record struct Arrival(MessageName Message, ulong Tag);

    /// <summary>
    /// What the library calls, for one delivery after the other. So it notes them and does no more: one that waited for what is done with
    /// those before it would be noted long after it came, and after others to which the broker gave its message meanwhile.
    /// </summary>
    private sealed class Receiver(ConsumerLife life, ChannelWriter<Arrival> arrived) : AsyncDefaultBasicConsumer(life.Channel)
    {
        public override Task HandleBasicDeliverAsync(
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
            if (life.Notes.Delivered(message, damage, redelivered, deliveryTag))
            {
                arrived.TryWrite(new Arrival(message, deliveryTag));
            }

            return Task.CompletedTask;
        }

        public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
        {
            life.Fail(new InvalidOperationException("The broker cancelled the consumer."));
            return Task.CompletedTask;
        }
    }
}
