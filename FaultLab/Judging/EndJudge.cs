using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>What is known once all is over: what never came, and what took too long.</summary>
internal sealed class EndJudge(HistoryIndex index, Findings findings)
{
    /// <summary>Messages that were confirmed.</summary>
    public long Confirmed { get; private set; }

    /// <summary>Messages that were returned.</summary>
    public long Returned { get; private set; }

    /// <summary>Messages that were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Messages whose outcome is unknown.</summary>
    public long Unknown { get; private set; }

    /// <summary>Transient messages that went with a silo's memory.</summary>
    public long TransientGone { get; private set; }

    /// <summary>The longest time from sending to a confirm.</summary>
    public long LongestConfirm { get; private set; }

    /// <summary>The longest time from a confirm to a first delivery.</summary>
    public long LongestDelivery { get; private set; }

    /// <summary>Goes through all messages.</summary>
    public void Read()
    {
        if (index.NotDrained is { } stuck)
        {
            findings.Add(ViolationKind.Stuck, $"The queues could not be emptied: {stuck}");
        }
        else if (!index.IsDrained)
        {
            findings.Add(ViolationKind.Stuck, "The history ends before the queues were emptied");
        }

        foreach (var (name, message) in index.Messages)
        {
            Count(message);
            CheckOutcome(name, message);
            foreach (var copy in message.Copies)
            {
                CheckCopy(name, message, copy);
            }
        }
    }

    private void Count(MessageState message)
    {
        Returned += message.IsReturned ? 1 : 0;
        switch (message.Outcome)
        {
            case Outcome.Confirmed:
                Confirmed++;
                LongestConfirm = Math.Max(LongestConfirm, message.OutcomeAt - message.SentAt);
                break;
            case Outcome.Refused:
                Refused++;
                break;
            case Outcome.Unknown:
                Unknown++;
                break;
        }
    }

    private void CheckOutcome(MessageName name, MessageState message)
    {
        var answered = message.Outcome == Outcome.None ? index.Faults.Last : message.OutcomeAt;
        if (message.Outcome == Outcome.None && !message.IsReturned)
        {
            findings.Add(ViolationKind.Stuck, $"{name} was sent at {Findings.Seconds(message.SentAt)} and got no outcome", name);
        }
        else if (message.Outcome != Outcome.None && answered - index.Faults.WholeSince(message.SentAt, answered) is var waited && waited > Judge.Patience)
        {
            findings.Add(ViolationKind.Stuck, $"{name} got the outcome {message.Outcome} after {Findings.Seconds(waited)} in a broker that was whole", name);
        }

        // What is for no queue is mandatory.
        if (message is { Copies.Length: 0, Outcome: Outcome.Confirmed, IsReturned: false })
        {
            findings.Add(ViolationKind.Misrouted, $"{name} is mandatory and for no queue, and was confirmed without being returned", name);
        }
    }

    private void CheckCopy(MessageName name, MessageState message, CopyState copy)
    {
        var queue = index.NameOf(copy.Queue);
        if (copy.Seen > 0 && message.Outcome == Outcome.Confirmed)
        {
            var from = Math.Min(Math.Max(message.OutcomeAt, index.ConsumedSince(copy.Queue)), copy.FirstDeliveredAt);
            LongestDelivery = Math.Max(LongestDelivery, copy.FirstDeliveredAt - from);
            var waited = copy.FirstDeliveredAt - index.Faults.WholeSince(from, copy.FirstDeliveredAt);
            if (waited > Judge.Patience)
            {
                findings.Add(ViolationKind.Stuck, $"{name} came from {queue} after {Findings.Seconds(waited)} in a broker that was whole", name, queue);
            }
        }

        // In queues that could not be emptied it may still be.
        if (!message.IsIn || copy.IsAckSent || !index.IsDrained)
        {
            return;
        }

        if (copy.IsTransient && index.Faults.TookMemory(message.SentAt, index.Faults.Last))
        {
            TransientGone++;
            return;
        }

        findings.Add(
            ViolationKind.Lost,
            $"{name} was confirmed, and {(copy.Seen == 0 ? "never came" : "returned to its queue and did not come again")}, from {queue}",
            name,
            queue);
    }
}
