using OrleansBroker.Grains.Interfaces.Messages;
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
    DeliveredMark mark,
    MessageExpiry expiry,
    DeferredMessages deferred,
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

    /// <summary>What a batch names that is unsettled.</summary>
    public BrokerMessage[] Find(SettleBatch batch)
    {
        var found = new List<BrokerMessage>();
        foreach (var range in batch.Ranges)
        {
            if (consumers.Find(new ConsumerId(batch.Host, range.Consumer)) is { Unacked: var unacked })
            {
                for (var number = range.First; unacked.FindFrom(number, range.Last) is { } next; number = next + 1)
                {
                    found.Add(unacked[next].Message);
                }
            }
        }

        return [.. found];
    }

    /// <summary>Returns all that a consumer holds; whoever lost its consumer counts as delivered in vain.</summary>
    public void ReturnAll(Consumer consumer, long now)
    {
        for (var number = 0L; consumer.Unacked.FindFrom(number, long.MaxValue) is { } found; number = found + 1)
        {
            Apply(Take(consumer, found), consumer, Settlement.Reject, now);
        }
    }

    /// <summary>Takes back what consumers have kept for too long, as a delivery that failed; what they settle of it later is passed over.</summary>
    public void EndTimeouts(long now)
    {
        foreach (var consumer in consumers.Overdue(now))
        {
            while (consumer.Overdue(now) is { } number)
            {
                Apply(Take(consumer, number), consumer, Settlement.Reject, now);
            }

            consumers.WatchTimeout(consumer);
            ForgetIfDone(consumer);
        }
    }

    /// <summary>Makes ready what has waited since it was returned.</summary>
    public void EndDeferrals(long now)
    {
        while (deferred.TakeDue(now) is { } message)
        {
            MakeReady(message);
        }
    }

    private void Settle(Consumer consumer, SettleRange range, long now)
    {
        for (var number = range.First; consumer.Unacked.FindFrom(number, range.Last) is { } found; number = found + 1)
        {
            Apply(Take(consumer, found), consumer, range.How, now);
        }

        ForgetIfDone(consumer);
    }

    private void ForgetIfDone(Consumer consumer)
    {
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

    private void Apply(QueuedMessage message, Consumer holder, Settlement how, long now)
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
                Return(message, RetryMode.Failed, now);
                break;
            case Settlement.Return:
                Return(message, RetryMode.Returned, now);
                break;
            case Settlement.Release:
                // Nobody has seen it, but who gets it now has perhaps seen later ones: unmarked ones come in their order.
                message.Redelivered |= mark.IsOvertaken(message.Sequence, holder.Id);
                MakeReady(message);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(how), how, "no such settlement");
        }
    }

    private void Return(QueuedMessage message, RetryMode why, long now)
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

        if ((settings.Value.Retry & why) != 0 && Pause(message) is > 0 and var pause)
        {
            // It comes back at the end of its time to live at the latest, to end there.
            deferred.Add(message, Math.Min(now + pause, message.ExpiresAt));
        }
        else
        {
            MakeReady(message);
        }
    }

    // A return that counts as no failed delivery waits as after the first.
    private long Pause(QueuedMessage message) =>
        Math.Min(settings.Value.RetryMin * Math.Max(1, message.DeliveryCount), settings.Value.RetryMax);

    private void MakeReady(QueuedMessage message)
    {
        ready.Return(message);
        expiry.Watch(message);
    }
}
