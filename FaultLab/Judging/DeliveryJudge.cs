using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>The second reading of a history: what came to consumers, and what they did with it.</summary>
internal sealed class DeliveryJudge(HistoryIndex index, Findings findings)
{
    /// <summary>A consumer whose socket is cut may be sent to until the broker hears of it.</summary>
    private const long CutUnheard = 5_000_000_000;

    private readonly Dictionary<int, ConsumerState> _consumers = [];
    private readonly Dictionary<int, long> _lastEnding = [];
    private readonly PrefetchJudge _prefetch = new(index, findings);
    private readonly OrderJudge _order = new(index, findings);

    /// <summary>Acks after which a delivery would be a resurrection.</summary>
    public long FinalAcks { get; private set; }

    /// <summary>Reads the history.</summary>
    public void Read(IEnumerable<HistoryEvent> history)
    {
        foreach (var happened in history)
        {
            Note(happened);
        }
    }

    private void Note(HistoryEvent happened)
    {
        switch (happened.Kind)
        {
            case HistoryKind.ConsumerStarted:
                _consumers[happened.Consumer] = new ConsumerState { StartedAt = happened.Time, Prefetch = happened.Prefetch };
                break;
            case HistoryKind.ConsumerEnding:
                ConsumerOf(happened).IsEnding = true;
                _lastEnding[index.QueueOf(happened.Queue)] = happened.Time;
                break;
            case HistoryKind.ConsumerEnded:
                ConsumerOf(happened).End();
                _lastEnding[index.QueueOf(happened.Queue)] = happened.Time;
                break;
            case HistoryKind.Delivered:
                Delivered(happened);
                break;
            case HistoryKind.Acking or HistoryKind.Acked or HistoryKind.Requeueing:
                Settled(happened);
                break;
        }
    }

    private void Delivered(HistoryEvent happened)
    {
        if (happened.Publisher == 0 || happened.Text is not null)
        {
            findings.Add(
                ViolationKind.Unexpected,
                $"{happened.Queue} delivered what was not published: {happened.Text}",
                happened.Publisher == 0 ? null : happened.Message,
                happened.Queue);
            return;
        }

        if (index.Find(happened.Message, happened.Queue) is not { } copy)
        {
            findings.Add(ViolationKind.Unexpected, $"{happened.Message} came from {happened.Queue} and was not published to it", happened.Message, happened.Queue);
            return;
        }

        if (copy.Message.IsReturned)
        {
            findings.Add(ViolationKind.Unexpected, $"{happened.Message} came from {happened.Queue} and was returned", happened.Message, happened.Queue);
        }

        var consumer = ConsumerOf(happened);
        CheckResurrection(happened, copy);
        CheckRepeat(happened, copy);
        if (!happened.Redelivered)
        {
            _order.Delivered(happened, copy.Message, consumer);
        }

        Note(happened, copy, consumer);
        _prefetch.Delivered(happened, consumer);
    }

    private static void Note(HistoryEvent happened, CopyState copy, ConsumerState consumer)
    {
        // Whoever held it holds it no more: the queue had it back.
        copy.LastConsumer?.Held.Remove(copy);
        copy.Seen++;
        copy.Unmarked += happened.Redelivered ? 0 : 1;
        copy.FirstDeliveredAt = copy.Seen == 1 ? happened.Time : copy.FirstDeliveredAt;
        copy.LastDeliveredAt = happened.Time;
        copy.LastConsumer = consumer;
        copy.IsRequeued = false;
        consumer.Held.Add(copy);
    }

    private void CheckResurrection(HistoryEvent happened, CopyState copy)
    {
        if (copy.AckedAt is not { } acked)
        {
            return;
        }

        // An applied ack is written with the queue's next write, and a fault may come before that.
        var mayBeLost = index.Faults.All.Any(fault => fault.LosesMemory
            && fault.Began <= happened.Time
            && (fault.Ended is not { } ended || ended + Judge.Aftermath >= acked)
            && acked >= fault.StoredUpTo.GetValueOrDefault(copy.Queue));
        if (!mayBeLost)
        {
            findings.Add(
                ViolationKind.Resurrected,
                $"{happened.Message} came from {happened.Queue} at {Findings.Seconds(happened.Time)}, after its ack was applied by {Findings.Seconds(acked)}",
                happened.Message,
                happened.Queue);
        }
    }

    private void CheckRepeat(HistoryEvent happened, CopyState copy)
    {
        if (!happened.Redelivered)
        {
            // Events of two consumers may be noted in another order than they were sent, so only what the client itself had ended counts.
            if (copy.Unmarked > 0 || (copy.Seen > 0 && (copy.IsRequeued || copy.LastConsumer!.HasEnded)))
            {
                Duplicated(happened, "came again without the redelivered mark");
            }

            return;
        }

        if (copy.Seen == 0)
        {
            var consumerLeft = _lastEnding.TryGetValue(copy.Queue, out var ended) && ended + CutUnheard >= copy.Message.SentAt;
            if (!consumerLeft && !index.Faults.Touch(copy.Message.SentAt, happened.Time))
            {
                Duplicated(happened, "came with the redelivered mark, and nothing had happened to an earlier delivery");
            }
        }
        else if (!copy.IsRequeued && !copy.LastConsumer!.IsEnding && !index.Faults.Touch(copy.LastDeliveredAt, happened.Time))
        {
            Duplicated(happened, "came again, and nothing had happened to the delivery before");
        }
    }

    private void Duplicated(HistoryEvent happened, string how) =>
        findings.Add(
            ViolationKind.Duplicated,
            $"{happened.Message} {how}, from {happened.Queue} at {Findings.Seconds(happened.Time)}",
            happened.Message,
            happened.Queue);

    private void Settled(HistoryEvent happened)
    {
        if (index.Find(happened.Message, happened.Queue) is not { } copy)
        {
            return;
        }

        var consumer = ConsumerOf(happened);
        var isHolder = ReferenceEquals(copy.LastConsumer, consumer);
        switch (happened.Kind)
        {
            case HistoryKind.Acking:
                copy.IsAckSent = true;
                consumer.Held.Remove(copy);
                break;
            case HistoryKind.Requeueing:
                consumer.Held.Remove(copy);
                copy.IsRequeued |= isHolder;
                break;
            // Where the queue was opened anew meanwhile, the ack was of a delivery that it has back, and did nothing (docs/flow.md).
            case HistoryKind.Acked when isHolder && !index.Faults.Touch(copy.LastDeliveredAt, happened.Time):
                copy.AckedAt ??= happened.Time;
                FinalAcks++;
                break;
        }
    }

    private ConsumerState ConsumerOf(HistoryEvent happened)
    {
        if (!_consumers.TryGetValue(happened.Consumer, out var consumer))
        {
            _consumers[happened.Consumer] = consumer = new ConsumerState { StartedAt = happened.Time };
        }

        return consumer;
    }
}
