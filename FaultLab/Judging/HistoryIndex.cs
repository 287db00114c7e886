using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>
/// The first reading of a history: its faults, its messages with their outcomes, and how often each copy is delivered. What follows
/// needs to know these beforehand.
/// </summary>
internal sealed class HistoryIndex(Findings findings)
{
    private readonly Dictionary<string, int> _queues = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly Dictionary<int, List<MessageState?>> _publishers = [];
    private readonly Dictionary<int, ulong> _confirmedTags = [];
    private readonly Dictionary<int, long> _firstConsumers = [];

    /// <summary>The faults.</summary>
    public FaultWindows Faults { get; } = new();

    /// <summary>Whether the queues were emptied.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>Why they could not be emptied; null where that is not said.</summary>
    public string? NotDrained { get; private set; }

    /// <summary>How many messages were sent.</summary>
    public long Published { get; private set; }

    /// <summary>How many deliveries there are.</summary>
    public long Delivered { get; private set; }

    /// <summary>How many of them have the mark.</summary>
    public long Redelivered { get; private set; }

    /// <summary>All messages.</summary>
    public IEnumerable<(MessageName Name, MessageState Message)> Messages =>
        from publisher in _publishers
        from entry in publisher.Value.Select((message, number) => (Number: number, Message: message))
        where entry.Message is not null
        select (new MessageName(publisher.Key, entry.Number), entry.Message);

    /// <summary>When a queue got its first consumer: until then nothing of it can come.</summary>
    public long ConsumedSince(int queue) => _firstConsumers.GetValueOrDefault(queue);

    /// <summary>A queue's name.</summary>
    public string NameOf(int queue) => _names[queue];

    /// <summary>A queue's number.</summary>
    public int QueueOf(string? name)
    {
        if (!_queues.TryGetValue(name ?? "", out var queue))
        {
            _queues[name ?? ""] = queue = _names.Count;
            _names.Add(name ?? "");
        }

        return queue;
    }

    /// <summary>A message; null where it was never sent.</summary>
    public MessageState? Find(MessageName name) =>
        _publishers.TryGetValue(name.Publisher, out var messages) && name.Number < messages.Count ? messages[(int)name.Number] : null;

    /// <summary>A message in a queue; null where it was not sent there.</summary>
    public CopyState? Find(MessageName name, string? queue)
    {
        var number = QueueOf(queue);
        return Find(name) is { } message ? Array.Find(message.Copies, copy => copy.Queue == number) : null;
    }

    /// <summary>Reads the history.</summary>
    public void Read(IEnumerable<HistoryEvent> history)
    {
        foreach (var happened in history)
        {
            Faults.Note(happened);
            Note(happened);
        }

        foreach (var (_, message) in Messages)
        {
            NoteStored(message);
        }
    }

    private void Note(HistoryEvent happened)
    {
        switch (happened.Kind)
        {
            case HistoryKind.Publishing:
                Sent(happened);
                break;
            case HistoryKind.Confirmed:
                Answered(happened, Outcome.Confirmed);
                break;
            case HistoryKind.Refused:
                Answered(happened, Outcome.Refused);
                break;
            case HistoryKind.Unknown:
                Answered(happened, Outcome.Unknown);
                break;
            case HistoryKind.Returned:
                Returned(happened);
                break;
            case HistoryKind.Delivered:
                Delivered++;
                Redelivered += happened.Redelivered ? 1 : 0;
                if (happened.Publisher != 0 && Find(happened.Message, happened.Queue) is { } copy)
                {
                    copy.Deliveries++;
                }

                break;
            case HistoryKind.ConsumerStarted:
                _firstConsumers.TryAdd(QueueOf(happened.Queue), happened.Time);
                break;
            case HistoryKind.Drained:
                IsDrained = true;
                break;
            case HistoryKind.NotDrained:
                NotDrained = happened.Text ?? "";
                break;
        }
    }

    private void Sent(HistoryEvent happened)
    {
        if (!_publishers.TryGetValue(happened.Publisher, out var messages))
        {
            _publishers[happened.Publisher] = messages = [];
        }

        while (messages.Count <= happened.Number)
        {
            messages.Add(null);
        }

        if (messages[(int)happened.Number] is not { } message)
        {
            messages[(int)happened.Number] = message = new MessageState { SentAt = happened.Time };
            Published++;
        }

        if (happened.Queue is not null)
        {
            message.Copies = [.. message.Copies, new CopyState(message, QueueOf(happened.Queue), happened.Transient)];
        }
    }

    private void Answered(HistoryEvent happened, Outcome outcome)
    {
        var name = happened.Message;
        if (Find(name) is not { } message)
        {
            findings.Add(ViolationKind.WrongConfirm, $"{name} got the outcome {outcome} and was never sent", name);
            return;
        }

        if (message.Outcome != Outcome.None)
        {
            findings.Add(ViolationKind.WrongConfirm, $"{name} got the outcome {outcome} after {message.Outcome}", name);
            return;
        }

        if (happened.Tag != 0)
        {
            var before = _confirmedTags.GetValueOrDefault(name.Publisher);
            if (happened.Tag <= before)
            {
                findings.Add(ViolationKind.WrongConfirm, $"{name} was confirmed by tag {happened.Tag} after tag {before}", name);
            }

            _confirmedTags[name.Publisher] = Math.Max(before, happened.Tag);
        }

        message.Outcome = outcome;
        message.OutcomeAt = happened.Time;
    }

    private void Returned(HistoryEvent happened)
    {
        if (Find(happened.Message) is not { } message)
        {
            findings.Add(ViolationKind.Misrouted, $"{happened.Message} was returned and never sent: {happened.Text}", happened.Message);
            return;
        }

        message.IsReturned = true;
        if (happened.Text is not null)
        {
            findings.Add(ViolationKind.Unexpected, $"{happened.Message} was returned as it was not published: {happened.Text}", happened.Message);
        }

        // A queue that is not durable is gone with its silo's memory until somebody declares it again.
        if (message.Copies.Length > 0
            && !(Array.TrueForAll(message.Copies, copy => copy.IsTransient) && Faults.TookMemory(0, happened.Time)))
        {
            findings.Add(
                ViolationKind.Misrouted,
                $"{happened.Message} was returned, though it is for {string.Join(", ", message.Copies.Select(copy => NameOf(copy.Queue)))}",
                happened.Message);
        }
    }

    private void NoteStored(MessageState message)
    {
        if (!message.IsIn)
        {
            return;
        }

        foreach (var copy in message.Copies.Where(copy => !copy.IsTransient))
        {
            foreach (var fault in Faults.All.Where(fault => fault.Began > message.OutcomeAt))
            {
                fault.StoredUpTo[copy.Queue] = Math.Max(fault.StoredUpTo.GetValueOrDefault(copy.Queue), message.SentAt);
            }
        }
    }
}
