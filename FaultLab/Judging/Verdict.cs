namespace OrleansBroker.FaultLab.Judging;

/// <summary>What a history shows of the broker.</summary>
public sealed record Verdict
{
    /// <summary>Messages that were sent.</summary>
    public long Published { get; init; }

    /// <summary>Messages that the broker took.</summary>
    public long Confirmed { get; init; }

    /// <summary>Messages that no queue wanted.</summary>
    public long Returned { get; init; }

    /// <summary>Messages that the broker refused.</summary>
    public long Refused { get; init; }

    /// <summary>Messages whose outcome stayed unknown.</summary>
    public long Unknown { get; init; }

    /// <summary>Deliveries.</summary>
    public long Delivered { get; init; }

    /// <summary>Deliveries with the redelivered mark.</summary>
    public long Redelivered { get; init; }

    /// <summary>Acks that are known to be applied, and that no fault was near: a delivery after one of them is a resurrection.</summary>
    public long FinalAcks { get; init; }

    /// <summary>Transient messages that went with a silo's memory, as they may.</summary>
    public long TransientGone { get; init; }

    /// <summary>The longest time from sending a message to its confirm.</summary>
    public TimeSpan LongestConfirm { get; init; }

    /// <summary>The longest time from a message's confirm to its first delivery.</summary>
    public TimeSpan LongestDelivery { get; init; }

    /// <summary>The longest of both.</summary>
    public TimeSpan LongestWait => LongestConfirm > LongestDelivery ? LongestConfirm : LongestDelivery;

    /// <summary>How often the broker broke its word, by kind.</summary>
    public required IReadOnlyDictionary<ViolationKind, long> Counts { get; init; }

    /// <summary>The first violations of each kind.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>Whether the broker kept its word throughout.</summary>
    public bool IsClean => Counts.Count == 0;
}
