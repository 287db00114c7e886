using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Model;

/// <summary>A list of messages and what each settlement means: the queue as one would write it without caring for speed or memory.</summary>
internal sealed class QueueModel(QueueWorkbench bench)
{
    public QueueWorkbench Bench => bench;

    public QueueSettings Settings => bench.Settings;

    /// <summary>All messages that are not gone, by sequence number.</summary>
    public SortedDictionary<long, ModelMessage> Live { get; } = [];

    /// <summary>Messages that are gone, and could come back in a crash that loses their removal.</summary>
    public Dictionary<long, ModelMessage> Gone { get; } = [];

    public Dictionary<ConsumerId, ModelConsumer> Consumers { get; } = [];

    public long NextSequence { get; set; } = 1;

    /// <summary>What the model says has left, by reason.</summary>
    public Dictionary<DropReason, long> Drops { get; } = [];

    public bool DeadLetters => Settings.DeadLetterExchange is not null;

    /// <summary>
    /// What was kept back and is due the core makes ready before it does anything else; and, where there are too many, the first ones early.
    /// </summary>
    public void EndDeferrals()
    {
        var kept = bench.Core.Census().Deferred.Select(p => p.Sequence).ToHashSet();
        var deferred = Live.Values.Where(m => m.Place == Place.Deferred)
            .OrderBy(m => m.DeferredUntil).ThenBy(m => m.Position.Sequence).ToList();
        var left = deferred.TakeWhile(m => !kept.Contains(m.Position.Sequence)).ToList();
        Assert.Equal(kept.Count, deferred.Count - left.Count);
        Assert.DoesNotContain(deferred.Skip(left.Count), m => m.DeferredUntil <= bench.Now);
        if (left.Any(m => m.DeferredUntil > bench.Now))
        {
            Assert.True(deferred.Count > bench.Limits.HeadMessages || bench.Limits.HeadBytes <= 100, "made ready early without need");
        }

        left.ForEach(m => m.Place = Place.Waiting);
    }

    public IEnumerable<ModelMessage> Waiting => Live.Values.Where(m => m.Place == Place.Waiting);

    public IEnumerable<ModelConsumer> Attached => Consumers.Values.Where(c => c.Attached);

    public ModelConsumer? Active { get; set; }

    public bool IsServed(ModelConsumer consumer) => !Settings.SingleActiveConsumer || consumer == Active;

    public void Leave(ModelMessage message)
    {
        message.Place = Place.Gone;
        Live.Remove(message.Position.Sequence);
        Gone[message.Position.Sequence] = message;
    }

    public void Die(ModelMessage message, DropReason reason)
    {
        Drops[reason] = Drops.GetValueOrDefault(reason) + 1;
        if (DeadLetters)
        {
            message.Place = Place.DeadLettering;
        }
        else
        {
            Leave(message);
        }
    }

    public void Settle(ModelMessage message, Settlement how)
    {
        switch (how)
        {
            case Settlement.Ack:
                Leave(message);
                return;
            case Settlement.Release:
                message.Place = Place.Waiting;
                message.Delivered = message.DeliveredBefore;
                // It is marked where later ones have passed it.
                message.MayBeMarked = true;
                return;
            case Settlement.Discard:
                Die(message, DropReason.Rejected);
                return;
            case Settlement.Reject:
                message.DeliveryCount++;
                break;
        }

        if (message.DeliveryCount > Settings.DeliveryLimit)
        {
            Die(message, DropReason.DeliveryLimit);
        }
        else
        {
            var why = how == Settlement.Reject ? RetryMode.Failed : RetryMode.Returned;
            var pause = Math.Min(Settings.RetryMin * Math.Max(1, message.DeliveryCount), Settings.RetryMax);
            message.DeferredUntil = Math.Min(bench.Now + pause, message.ExpiresAt);
            message.Place = Settings.Retry.HasFlag(why) && message.DeferredUntil > bench.Now ? Place.Deferred : Place.Waiting;
        }
    }

    /// <summary>What consumers have kept for too long returns as a failed delivery.</summary>
    public void EndTimeouts()
    {
        if (Settings.ConsumerTimeout is not { } timeout)
        {
            return;
        }

        foreach (var consumer in Consumers.Values.ToList())
        {
            foreach (var message in HeldBy(consumer.Id).Where(m => m.HandedAt + timeout <= bench.Now))
            {
                Settle(message, Settlement.Reject);
            }

            if (!consumer.Getter)
            {
                ForgetIfDone(consumer);
            }
        }
    }

    public IEnumerable<ModelMessage> HeldBy(ConsumerId holder) =>
        Live.Values.Where(m => m.Place == Place.Unacked && m.Holder == holder).OrderBy(m => m.Delivery).ToList();

    /// <summary>A consumer goes; what it holds returns, as delivered in vain, or stays.</summary>
    public void Remove(ModelConsumer consumer, bool requeue)
    {
        consumer.Attached = false;
        if (Active == consumer)
        {
            // Dictionaries that only grow keep the order of insertion; here the order of attachment is the number's.
            Active = Attached.OrderByDescending(c => c.Priority).ThenBy(c => c.Id.Number).FirstOrDefault();
        }

        if (requeue)
        {
            foreach (var message in HeldBy(consumer.Id))
            {
                Settle(message, Settlement.Reject);
            }
        }

        ForgetIfDone(consumer);
    }

    public void ForgetIfDone(ModelConsumer consumer)
    {
        if (!consumer.Attached && !HeldBy(consumer.Id).Any())
        {
            Consumers.Remove(consumer.Id);
        }
    }
}
