namespace OrleansBroker.FaultLab.History;

/// <summary>What an event of a history tells.</summary>
public enum HistoryKind
{
    /// <summary>A message is about to be sent: one event for each queue that it is routed to, or one without a queue where there is none.</summary>
    Publishing,

    /// <summary>The broker took the message.</summary>
    Confirmed,

    /// <summary>The broker refused the message (basic.nack): some of its queues may have it.</summary>
    Refused,

    /// <summary>No queue wanted the message, which was mandatory.</summary>
    Returned,

    /// <summary>The connection ended before an outcome: the message may be in its queues or not.</summary>
    Unknown,

    /// <summary>A consumer got a message.</summary>
    Delivered,

    /// <summary>The consumer is about to ack it.</summary>
    Acking,

    /// <summary>The ack is known to be applied: the broker answered something synchronous that was asked after it.</summary>
    Acked,

    /// <summary>The consumer is about to return it to its queue.</summary>
    Requeueing,

    /// <summary>A consumer is about to start.</summary>
    ConsumerStarted,

    /// <summary>A consumer is about to be ended by its own client: what it holds may return from now on.</summary>
    ConsumerEnding,

    /// <summary>A consumer is gone, with its channel or connection or alone: it gets nothing more, and what it held returns.</summary>
    ConsumerEnded,

    /// <summary>A fault begins.</summary>
    FaultBegan,

    /// <summary>A fault was taken back, and what it had ended runs again.</summary>
    FaultEnded,

    /// <summary>No fault follows: everything runs and reaches everything.</summary>
    Healed,

    /// <summary>The queues are empty: nothing is ready or unacknowledged.</summary>
    Drained,

    /// <summary>The queues could not be emptied; the text says what is stuck.</summary>
    NotDrained,
}
