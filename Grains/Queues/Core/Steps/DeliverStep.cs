using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core.Consumers;
using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>
/// Deliver: deals ready messages out, one each in turn, to the consumers that can take some, and hands each its share as one batch.
/// </summary>
internal sealed class DeliverStep(
    long epoch,
    QueueLimits limits,
    ReadyList ready,
    Arrivals arrivals,
    ConsumerRoster consumers,
    DeliveredMark mark,
    Exits exits,
    DeadLetterLine deadLetters)
{
    private readonly List<Consumer> _served = [];

    /// <summary>
    /// Whether the next message is about to be there: it is being read, or its delivery is being put on record. Not while so many dead
    /// letters wait that nothing is read: nobody should wait for that.
    /// </summary>
    public bool IsHeadMissing =>
        ready.HeadMissing ? !deadLetters.IsFull : ready.Peek() is { } head && !mark.IsAllowed(head);

    public void Run(long now, List<OutgoingDelivery> deliveries)
    {
        for (var i = 0; i < consumers.Lines.Count; i++)
        {
            var line = consumers.Lines[i];
            Deal(line, now);
            // Lower priorities are served while all higher ones are out of credit, not while they are just being delivered to.
            if (line.First is not null || (i + 1 < consumers.Lines.Count && consumers.HasCredit(line.Priority)))
            {
                break;
            }
        }

        foreach (var consumer in _served)
        {
            consumer.Line?.Leave(consumer);
            consumer.IsBusy = true;
            deliveries.Add(new OutgoingDelivery(consumer.Id, consumer.TakeBatch(epoch)));
        }

        _served.Clear();
    }

    /// <summary>Hands the next message to one who gets; null where there is none, or <see cref="IsHeadMissing"/>.</summary>
    public OutgoingDelivery? Get(GetRequest request, long leaseUntil, long now)
    {
        if (Next(now) is not { } message)
        {
            return null;
        }

        var getter = consumers.Find(request.Id) ?? consumers.AddGetter(request.Id);
        consumers.Lease(getter, leaseUntil);
        Hand(message, getter, request.NoAck, expected: 1, now);
        return new OutgoingDelivery(request.Id, getter.TakeBatch(epoch));
    }

    private void Deal(ConsumerLine line, long now)
    {
        while (line.First is { } consumer && Next(now) is { } message)
        {
            if (!consumer.HasBatch)
            {
                _served.Add(consumer);
            }

            Hand(message, consumer, consumer.NoAck, Expected(consumer, line), now);
            if (consumer.Credit <= 0 || consumer.IsBatchFull(limits))
            {
                line.Leave(consumer);
            }
            else if (line.Count > 1)
            {
                line.Leave(consumer);
                line.Join(consumer);
            }
        }
    }

    private QueuedMessage? Next(long now)
    {
        while (ready.Peek() is { } message)
        {
            if (!MessageExpiry.IsDue(message, now))
            {
                return mark.Allows(message, arrivals.NextSequence - 1) ? message : null;
            }

            exits.DieReady(message, DropReason.Expired, now);
        }

        return null;
    }

    private void Hand(QueuedMessage message, Consumer consumer, bool noAck, int expected, long now)
    {
        ready.Take(message);
        mark.Passed(message.Sequence, consumer.Id);
        consumer.Give(DeliveryHeaders.Write(message), message.Redelivered, expected);
        if (noAck)
        {
            consumer.Unacked.Skip();
            exits.Settle(message);
        }
        else
        {
            message.HandedAt = now;
            consumer.Unacked.Add(message);
            consumers.Unacked++;
            consumers.Watch(consumer, now);
        }
    }

    private int Expected(Consumer consumer, ConsumerLine line) =>
        (int)Math.Min(Math.Min(consumer.Credit, limits.DeliveryBatchMessages), (ready.InMemory / line.Count) + 1);
}
