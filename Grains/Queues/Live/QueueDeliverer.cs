using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Queues.Live;

/// <summary>Brings deliveries to consumers and tells the core when a consumer has taken its batch over.</summary>
internal sealed class QueueDeliverer(QueueId id, QueueCore core, QueueContext context, QueueGauge gauge)
{
    private readonly Dictionary<ConsumerId, Target> _targets = [];

    /// <summary>Called after a delivery ended, so that the next goes out.</summary>
    public required Action Delivered { get; init; }

    /// <summary>Whether nothing is on its way to a consumer.</summary>
    public bool IsQuiet => _targets.Values.All(static target => target.Delivery.IsCompleted);

    /// <summary>Where a consumer's deliveries go from now on.</summary>
    public void SetTarget(ConsumerAttachment attachment) => _targets[attachment.Id] = new Target(attachment.Target, attachment.NoAck, attachment.Silo);

    /// <summary>Sends a batch. Completes synchronously where the consumer does.</summary>
    public void Deliver(in OutgoingDelivery delivery)
    {
        context.Telemetry.Delivered(delivery.Batch.Messages.Count);
        gauge.Count(MessageCount.Redeliver, delivery.Batch.Redelivered?.Length ?? 0);
        if (_targets.TryGetValue(delivery.Consumer, out var target))
        {
            gauge.Count(target.NoAck ? MessageCount.DeliverNoAck : MessageCount.Deliver, delivery.Batch.Messages.Count);
            gauge.Used(target.Silo, delivery.Batch.Messages.Count);
            target.Delivery = DeliverAsync(target.Consumer, delivery);
        }
    }

    /// <summary>Tells a consumer that it ended, and forgets it.</summary>
    public void Cancel(ConsumerId consumer, CancelReason reason)
    {
        if (_targets.Remove(consumer, out var target))
        {
            _ = CancelAsync(consumer, target.Consumer, reason);
        }
    }

    /// <summary>Completes when the deliveries have arrived that are under way to consumers whose credit is taken back.</summary>
    public Task ArrivedAsync(Guid host, CreditGrant[] credits) => Array.Exists(credits, static credit => credit.Total == 0)
        ? Task.WhenAll(credits.Where(static credit => credit.Total == 0).Select(credit => ArrivedAsync(new ConsumerId(host, credit.Consumer))))
        : Task.CompletedTask;

    /// <summary>Forgets a consumer that left by itself. Completes when nothing is on its way to it any more.</summary>
    public Task RemoveAsync(ConsumerId consumer) => _targets.Remove(consumer, out var target) ? target.Delivery : Task.CompletedTask;

    /// <summary>Tells all consumers that they ended.</summary>
    public void CancelAll(CancelReason reason)
    {
        foreach (var consumer in _targets.Keys.ToArray())
        {
            Cancel(consumer, reason);
        }
    }

    private async Task DeliverAsync(IConsumer target, OutgoingDelivery delivery)
    {
        var failed = false;
        using var activity = context.Telemetry.Start("deliver", id.Name, delivery.Batch.Messages.Messages.Span);
        try
        {
            await target.DeliverAsync(delivery.Batch);
        }
        catch (Exception exception)
        {
            // Whether the consumer has it is unknown: the messages return, marked redelivered, and a late settlement has no effect.
            failed = true;
            context.Log.DeliveryFailed(exception, id, delivery.Consumer, delivery.Batch.Messages.Count);
        }

        core.DeliveryDone(delivery.Consumer, failed, context.Now);
        Delivered();
    }

    private async Task CancelAsync(ConsumerId consumer, IConsumer target, CancelReason reason)
    {
        try
        {
            await target.CancelledAsync(reason);
        }
        catch (Exception exception)
        {
            // Its host learns it from the next renewal.
            context.Log.CancelFailed(exception, id, consumer);
        }
    }

    private Task ArrivedAsync(ConsumerId consumer) => _targets.TryGetValue(consumer, out var target) ? target.Delivery : Task.CompletedTask;

    /// <summary>A consumer, and the one delivery to it that is or was last under way.</summary>
    private sealed class Target(IConsumer consumer, bool noAck, SiloAddress? silo)
    {
        public SiloAddress? Silo => silo;

        public bool NoAck => noAck;

        public IConsumer Consumer { get; } = consumer;

        public Task Delivery { get; set; } = Task.CompletedTask;
    }
}
