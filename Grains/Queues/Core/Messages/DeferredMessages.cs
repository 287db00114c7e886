namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// Returned messages that wait before they are ready again. They stay in memory, and no more of them than the head may hold: beyond
/// that the first that is due comes back early, so that a consumer that returns everything cannot make the queue grow.
/// </summary>
internal sealed class DeferredMessages(QueueLimits limits)
{
    private readonly PriorityQueue<QueuedMessage, (long DueAt, long Sequence)> _waiting = new();
    private long _size;

    public int Count => _waiting.Count;

    public IEnumerable<QueuedMessage> Messages => _waiting.UnorderedItems.Select(item => item.Element);

    /// <summary>When the next is due; null where none waits.</summary>
    public long? Next => _waiting.TryPeek(out _, out var first) ? first.DueAt : null;

    public void Add(QueuedMessage message, long dueAt)
    {
        message.State = MessageState.Deferred;
        _size += message.Message.Size;
        _waiting.Enqueue(message, (dueAt, message.Sequence));
    }

    /// <summary>The next that is due, or that has to make room; null where there is none.</summary>
    public QueuedMessage? TakeDue(long now) =>
        Next <= now || Count > limits.HeadMessages || _size > limits.HeadBytes ? Take() : null;

    /// <summary>The next, due or not; null where there is none.</summary>
    public QueuedMessage? Take()
    {
        if (!_waiting.TryDequeue(out var message, out _))
        {
            return null;
        }

        _size = Count == 0 ? 0 : _size - message.Message.Size;
        return message;
    }
}
