using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core.Consumers;
using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>Settle: unacked messages leave, return to their place, or are dead-lettered; and credit is granted.</summary>
internal sealed class SettleStep(
    CurrentSettings settings,
    ReadyList ready,
    ConsumerRoster consumers,
    WriteGathering writes,
    MessageExpiry expiry,
    Exits exits)
{
    public void Run(SettleBatch batch, long now)
    {
        foreach (var range in batch.Ranges)
        {
            if (consumers.Find(new ConsumerId(batch.Host, range.Consumer)) is { } consumer)
            {
                Settle(consumer, range, now);
            }
        }

        foreach (var grant in batch.Credits)
        {
            if (consumers.Find(new ConsumerId(batch.Host, grant.Consumer)) is { } consumer)
            {
                consumers.Grant(consumer, grant.Total);
            }
        }
    }

    /// <summary>Returns all that a consumer holds; whoever lost its consumer counts as delivered in vain.</summary>
    public void ReturnAll(Consumer consumer, long now)
    {
        for (var number = 0L; consumer.Unacked.FindFrom(number, long.MaxValue) is { } found; number = found + 1)
        {
            Apply(Take(consumer, found), Settlement.Reject, now);
        }
    }

    private void Settle(Consumer consumer, SettleRange range, long now)
    {
        for (var number = range.First; consumer.Unacked.FindFrom(number, range.Last) is { } found; number = found + 1)
        {
            Apply(Take(consumer, found), range.How, now);
        }

        if (consumer is { IsAttached: false, Attachment: not null, Unacked.Count: 0 })
        {
            consumers.Forget(consumer);
        }
    }

    private QueuedMessage Take(Consumer consumer, long number)
    {
        consumers.Unacked--;
        return consumer.Unacked.Take(number);
    }

    private void Apply(QueuedMessage message, Settlement how, long now)
    {
        switch (how)
        {
            case Settlement.Ack:
                exits.Settle(message);
                break;
            case Settlement.Discard:
                // Should the queue move before its dead letter is stored, it is delivered once more.
                message.Redelivered = true;
                exits.Die(message, DropReason.Rejected, now);
                break;
            case Settlement.Reject:
                message.DeliveryCount++;
                Return(message, now);
                break;
            case Settlement.Return:
                Return(message, now);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(how), how, "no such settlement");
        }
    }

    private void Return(QueuedMessage message, long now)
    {
        message.Redelivered = true;
        message.AcquiredCount++;
        if (message.DeliveryCount > settings.Value.DeliveryLimit)
        {
            exits.Die(message, DropReason.DeliveryLimit, now);
            return;
        }

        if (message.Stored)
        {
            writes.Return(message);
        }

        ready.Return(message);
        expiry.Watch(message);
    }
}
