using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Judging;

/// <summary>How a broker may break its word.</summary>
public enum ViolationKind
{
    /// <summary>A confirmed message never came, or was returned to its queue and never came again.</summary>
    Lost,

    /// <summary>A message came that was not published to that queue, or not as it was published.</summary>
    Unexpected,

    /// <summary>A message came after its ack was known to be applied.</summary>
    Resurrected,

    /// <summary>A message came twice, or with the redelivered mark, without a reason; or twice without the mark.</summary>
    Duplicated,

    /// <summary>First deliveries of a publisher's messages came in another order than they were published.</summary>
    OutOfOrder,

    /// <summary>A consumer held more than its prefetch.</summary>
    OverPrefetch,

    /// <summary>A publish got no outcome, or a message no delivery, in good time.</summary>
    Stuck,

    /// <summary>Confirms of a channel went back, came twice, or were for nothing.</summary>
    WrongConfirm,

    /// <summary>A mandatory message for no queue was not returned, or one for a queue was.</summary>
    Misrouted,
}

/// <summary>A broken word.</summary>
/// <param name="Kind">How.</param>
/// <param name="Text">What happened, in a sentence.</param>
/// <param name="Message">The message, where it is of one.</param>
/// <param name="Queue">The queue, where it is of one.</param>
public sealed record Violation(ViolationKind Kind, string Text, MessageName? Message = null, string? Queue = null)
{
    /// <summary>The events of the message, and the faults around them.</summary>
    public IReadOnlyList<HistoryEvent> Evidence { get; init; } = [];

    /// <summary>The violation for a reader.</summary>
    public override string ToString() => $"{Kind}: {Text}";
}
