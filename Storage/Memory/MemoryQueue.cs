using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.Memory;

/// <summary>One queue of the memory store; every member is called under the queue's lock.</summary>
internal sealed class MemoryQueue
{
    private readonly SortedDictionary<byte, SequencePages> _bands = [];
    private readonly SortedSet<ExpiringMessage> _expiring = [];
    private readonly Action<StoredMessage> _forgetExpiry;
    private long _epoch;
    private QueueState _state = QueueState.New;

    public MemoryQueue() => _forgetExpiry = ForgetExpiry;

    public Lock Gate { get; } = new();

    /// <summary>The store has dropped this object; whoever still holds it must look again.</summary>
    public bool Deleted { get; set; }

    /// <summary>The state that the last commit left.</summary>
    public QueueState State => _state;

    public AcquiredQueue Acquire()
    {
        var acquired = new AcquiredQueue(++_epoch, _state);

        // An owner that dies before its first commit must not leave the mark of the one that let go cleanly.
        _state = _state with { Released = false };
        return acquired;
    }

    public bool Commit(QueueWrite write)
    {
        if (write.Epoch != _epoch)
        {
            return false;
        }

        foreach (var message in write.Appended)
        {
            Put(message with { Message = message.Message.Detach() });
        }

        foreach (var requeued in write.Requeued)
        {
            Requeue(requeued);
        }

        foreach (var range in write.Removed)
        {
            if (_bands.TryGetValue(range.Priority, out var band))
            {
                band.Remove(range.First, range.Last, _forgetExpiry);
            }
        }

        _state = write.State;
        return true;
    }

    public List<StoredMessage> Read(MessageRange range, int limit)
    {
        var messages = new List<StoredMessage>();
        if (_bands.TryGetValue(range.Priority, out var band))
        {
            band.Read(range.First, range.Last, limit, MemoryQueueStore.ReadOctets, messages);
        }

        return messages;
    }

    public List<StoredMessage> Read(IReadOnlyList<ExpiringMessage> named)
    {
        var messages = new List<StoredMessage>();
        var octets = MemoryQueueStore.ReadOctets;
        for (var i = 0; i < named.Count && octets > 0; i++)
        {
            var position = named[i].Position;
            if (_bands.TryGetValue(position.Priority, out var band) && band.Find(position.Sequence) is { } message)
            {
                messages.Add(message);
                octets -= message.Message.Size;
            }
        }

        return messages;
    }

    public List<ExpiringMessage> ReadExpiring(ExpiringMessage from, int limit) =>
        _expiring.Count == 0 || from > _expiring.Max ? [] : [.. _expiring.GetViewBetween(from, _expiring.Max).Take(limit)];

    private void Put(StoredMessage message)
    {
        var priority = message.Position.Priority;
        if (!_bands.TryGetValue(priority, out var band))
        {
            _bands.Add(priority, band = new SequencePages());
        }

        if (band.Put(message) is { } before)
        {
            ForgetExpiry(before);
        }

        if (message.ExpiresAt is { } at)
        {
            _expiring.Add(new ExpiringMessage(message.Position, at));
        }
    }

    private void Requeue(RequeuedMessage requeued)
    {
        if (_bands.TryGetValue(requeued.Position.Priority, out var band) && band.Find(requeued.Position.Sequence) is { } message)
        {
            band.Put(message with { DeliveryCount = requeued.DeliveryCount, Redelivered = true });
        }
    }

    private void ForgetExpiry(StoredMessage message)
    {
        if (message.ExpiresAt is { } at)
        {
            _expiring.Remove(new ExpiringMessage(message.Position, at));
        }
    }
}
