using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core.Consumers;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>Attach: consumers come, renew their leases, and go; what they hold when they are lost returns.</summary>
internal sealed class AttachStep(ConsumerRoster consumers, SettleStep settle, QueueLifetime lifetime)
{
    private readonly List<Cancellation> _cancellations = [];

    public void Run(ConsumerAttachment attachment, bool lasting, long leaseUntil, long now)
    {
        // An attachment that comes again, its answer having been lost, only renews what stands.
        var consumer = consumers.Find(attachment.Id) ?? consumers.Attach(attachment, lasting);
        Hear(consumer, attachment.Sign, leaseUntil);
        consumers.Grant(consumer, attachment.Credit);
        lifetime.Touch(now);
    }

    /// <summary>A consumer leaves; what it holds returns, or stays with it until it is settled.</summary>
    public void Leave(Consumer consumer, bool requeue, long now)
    {
        var attached = consumer.IsAttached;
        consumers.Detach(consumer);
        if (requeue)
        {
            settle.ReturnAll(consumer, now);
        }

        if (consumer.Unacked.Count == 0)
        {
            consumers.Forget(consumer);
        }

        if (attached)
        {
            lifetime.ConsumerLeft(consumers.Count, now);
        }
    }

    /// <summary>Renews leases and returns the numbers that are not known.</summary>
    public long[] Renew(RenewRequest request, long leaseUntil)
    {
        List<long>? unknown = null;
        foreach (var number in request.Consumers)
        {
            if (consumers.Find(new ConsumerId(request.Host, number)) is { } consumer)
            {
                Hear(consumer, request.Sign, leaseUntil);
            }
            else
            {
                (unknown ??= []).Add(number);
            }
        }

        return unknown?.ToArray() ?? [];
    }

    /// <summary>Ends those that were not renewed.</summary>
    public void EndLeases(long now)
    {
        foreach (var consumer in consumers.Lapsed(now))
        {
            if (consumer.IsAttached)
            {
                _cancellations.Add(new Cancellation(consumer.Id, CancelReason.LeaseLapsed));
            }

            Leave(consumer, requeue: true, now);
        }
    }

    /// <summary>A delivery is through, and the consumer may have the next; or its target is out of reach.</summary>
    public void DeliveryDone(Consumer consumer, bool failed, long now)
    {
        consumer.IsBusy = false;
        if (failed)
        {
            Leave(consumer, requeue: true, now);
        }
        else
        {
            consumers.Offer(consumer);
        }
    }

    public void MoveTo(List<Cancellation> cancellations)
    {
        cancellations.AddRange(_cancellations);
        _cancellations.Clear();
    }

    /// <summary>A consumer's host has given a sign of life.</summary>
    private void Hear(Consumer consumer, long sign, long leaseUntil)
    {
        consumers.Lease(consumer, leaseUntil);
        consumer.Sign = Math.Max(consumer.Sign, sign);
    }
}
