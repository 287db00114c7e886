using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>
/// No consumer holds more than its prefetch. A delivery is noted after it came and a settlement before it goes, so what a consumer is
/// seen to hold is at most what it holds.
/// </summary>
internal sealed class PrefetchJudge(HistoryIndex index, Findings findings)
{
    /// <summary>A message came to the consumer, and is among what it holds.</summary>
    public void Delivered(HistoryEvent happened, ConsumerState consumer)
    {
        if (consumer.Prefetch == 0 || consumer.Held.Count <= consumer.Prefetch)
        {
            return;
        }

        var held = consumer.Held.Count(copy => !HasReturned(copy, happened.Time));
        if (held > consumer.Prefetch)
        {
            findings.Add(
                ViolationKind.OverPrefetch,
                $"Consumer {happened.Consumer} of {happened.Queue} holds {held} messages with a prefetch of {consumer.Prefetch} at {Findings.Seconds(happened.Time)}",
                happened.Message,
                happened.Queue);
        }
    }

    // When a queue opens anew it has everything back and attaches its consumers anew, with all their credit. Their clients do not learn
    // that what they hold is not theirs any more; that it is delivered again tells.
    private bool HasReturned(CopyState copy, long now) =>
        (copy.Seen < copy.Deliveries && index.Faults.Touch(copy.LastDeliveredAt, now))
        || (copy.IsTransient && index.Faults.TookMemory(copy.LastDeliveredAt, now));
}
