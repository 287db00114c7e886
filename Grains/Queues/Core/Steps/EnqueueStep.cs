using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core.Consumers;
using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Paging;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>
/// Enqueue: a batch becomes numbered messages. What is persistent goes into the pending write and is ready when that is committed;
/// what is not is ready at once, unless something before it is not, or memory is short.
/// </summary>
internal sealed class EnqueueStep(
    CurrentSettings settings,
    QueueLimits limits,
    int maxPriority,
    ReadyList ready,
    Arrivals arrivals,
    LinkHistory links,
    WriteGathering writes,
    MessageExpiry expiry,
    TailExpiry tail,
    LengthLimit length,
    ConsumerRoster consumers,
    DeadLetterLine deadLetters,
    DropCounts drops)
{
    public EnqueueOutcome Run(EnqueueBatch batch, long now)
    {
        if (links.Find(batch.Link, batch.Number) is { } repeated)
        {
            return new EnqueueOutcome(repeated.Reply, writes.IsCommitted(repeated.Write) ? 0 : repeated.Write);
        }

        var messages = batch.Messages.Messages.Span;
        var refused = settings.Value.Overflow != OverflowMode.DropHead && length.IsSet ? AddWithinLimit(messages, batch.IsRepeated, now) : null;
        if (refused is null)
        {
            foreach (var message in messages)
            {
                Add(message, batch.IsRepeated, now);
            }
        }

        var write = arrivals.Count > 0 ? writes.LastAppend : 0;
        links.Remember(batch.Link, batch.Number, refused is { Length: > 0 } ? refused : null, write);
        return new EnqueueOutcome(refused is { Length: > 0 } ? new EnqueueReply { Refused = refused } : EnqueueReply.Accepted, write);
    }

    /// <summary>Makes ready what a commit let through, and what had waited behind it.</summary>
    public void Admit(long committedUpTo)
    {
        while (arrivals.TakeUpTo(committedUpTo) is { } message)
        {
            if (message.Stored && (ready[message.Priority].Paged > 0 || (message.Spills && IsMemoryShort())))
            {
                tail.Paged(message);
                ready.Page(message);
            }
            else
            {
                MakeReady(message);
            }
        }
    }

    private int[] AddWithinLimit(ReadOnlySpan<BrokerMessage> messages, bool repeated, long now)
    {
        var claim = consumers.Claims().All;
        List<int>? refused = null;
        for (var i = 0; i < messages.Length; i++)
        {
            if (length.Refuses(messages[i].Body.Length, claim))
            {
                (refused ??= []).Add(i);
                Refuse(messages[i], now);
            }
            else
            {
                Add(messages[i], repeated, now);
            }
        }

        return refused?.ToArray() ?? [];
    }

    private void Add(BrokerMessage message, bool repeated, long now)
    {
        var priority = maxPriority == 0 ? (byte)0 : (byte)Math.Min(MessageProperties.PriorityOf(message), maxPriority);
        var durable = message.IsPersistent && settings.Value.Durable;
        var spills = arrivals.IsSpilling(priority) || ready[priority].Paged > 0 || IsMemoryShort();
        var queued = new QueuedMessage(message, priority, arrivals.TakeNumber(), now)
        {
            Durable = durable,
            Spills = spills,
            // An owner before this one may have delivered it, without a commit; what is durable waits for one, which knows the batch.
            Redelivered = repeated && !durable,
        };
        queued.ExpiresAt = expiry.Deadline(queued);
        if (durable || spills)
        {
            writes.Append(queued);
            arrivals.Add(queued);
        }
        else if (arrivals.Count > 0)
        {
            arrivals.Add(queued);
        }
        else
        {
            MakeReady(queued);
        }
    }

    private void MakeReady(QueuedMessage message)
    {
        ready.Append(message);
        expiry.Watch(message);
    }

    private bool IsMemoryShort() =>
        ready.InMemory + arrivals.Count + deadLetters.Count >= limits.HeadMessages
        || ready.InMemoryBytes + arrivals.Size >= limits.HeadBytes;

    // The publisher is told; the dead letter is extra, and not kept where too many wait already.
    private void Refuse(BrokerMessage message, long now)
    {
        var deadLettered = settings.Value is { Overflow: OverflowMode.RejectPublishDeadLetter, DeadLetterExchange: not null }
            && !deadLetters.IsFull;
        drops.Add(DropReason.MaxLength, deadLettered);
        if (deadLettered)
        {
            deadLetters.Add(QueuedMessage.Refused(message, now), DropReason.MaxLength, now);
        }
    }
}
