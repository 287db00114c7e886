namespace OrleansBroker.FaultLab.Judging;

/// <summary>What became of a publish.</summary>
internal enum Outcome : byte
{
    /// <summary>Nothing yet.</summary>
    None,
    /// <summary>The broker took it.</summary>
    Confirmed,
    /// <summary>The broker refused it.</summary>
    Refused,
    /// <summary>Nobody knows.</summary>
    Unknown,
}

/// <summary>A message that was sent.</summary>
internal sealed class MessageState
{
    /// <summary>When it was sent.</summary>
    public long SentAt { get; init; }

    /// <summary>Its copies, one in each queue that it is for.</summary>
    public CopyState[] Copies { get; set; } = [];

    /// <summary>What became of it.</summary>
    public Outcome Outcome { get; set; }

    /// <summary>When that became known.</summary>
    public long OutcomeAt { get; set; }

    /// <summary>Whether it was returned.</summary>
    public bool IsReturned { get; set; }

    /// <summary>Whether its outcome is known to be one that puts it into its queues.</summary>
    public bool IsIn => Outcome == Outcome.Confirmed && !IsReturned;
}

/// <summary>A message in one of its queues.</summary>
internal sealed class CopyState(MessageState message, int queue, bool isTransient)
{
    /// <summary>The message.</summary>
    public MessageState Message { get; } = message;

    /// <summary>The queue.</summary>
    public int Queue { get; } = queue;

    /// <summary>Whether it may go with a silo's memory.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>How many deliveries of it the history has.</summary>
    public int Deliveries { get; set; }

    /// <summary>How many of them are behind.</summary>
    public int Seen { get; set; }

    /// <summary>How many of those had no redelivered mark.</summary>
    public int Unmarked { get; set; }

    /// <summary>When the first one was; 0 before.</summary>
    public long FirstDeliveredAt { get; set; }

    /// <summary>When the last one was.</summary>
    public long LastDeliveredAt { get; set; }

    /// <summary>Who got the last one.</summary>
    public ConsumerState? LastConsumer { get; set; }

    /// <summary>Whether who got the last one returned it.</summary>
    public bool IsRequeued { get; set; }

    /// <summary>Whether anybody ever acked it.</summary>
    public bool IsAckSent { get; set; }

    /// <summary>When an ack of it was known to be applied; null while none is.</summary>
    public long? AckedAt { get; set; }
}
