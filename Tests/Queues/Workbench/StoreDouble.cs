using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Queues.Workbench;

/// <summary>A store of one queue in memory, as the contract has it: what is committed stands, a crash takes what is transient.</summary>
internal sealed class StoreDouble
{
    private readonly SortedDictionary<(byte Priority, long Sequence), StoredMessage> _messages = [];
    private QueueState _state = QueueState.New;
    private long _epoch;

    public IReadOnlyCollection<StoredMessage> Messages => _messages.Values;

    public QueueState State => _state;

    public long Writes { get; private set; }

    public AcquiredQueue Acquire()
    {
        var acquired = new AcquiredQueue(++_epoch, _state);
        _state = _state with { Released = false };
        return acquired;
    }

    public void Commit(QueueWrite write)
    {
        Assert.Equal(_epoch, write.Epoch);
        Writes++;
        foreach (var message in write.Appended)
        {
            _messages.Add(Key(message.Position), message);
        }

        foreach (var requeued in write.Requeued)
        {
            // A store that did this after the removals could bring a message back, one that did it before could miss it.
            Assert.True(_messages.TryGetValue(Key(requeued.Position), out var message), $"{requeued} is not stored");
            _messages[Key(requeued.Position)] = message with { DeliveryCount = requeued.DeliveryCount, Redelivered = true };
        }

        foreach (var range in write.Removed)
        {
            foreach (var message in Read(range, int.MaxValue))
            {
                _messages.Remove(Key(message.Position));
            }
        }

        _state = write.State;
        CheckCounts();
    }

    public List<StoredMessage> Read(MessageRange range, int limit) =>
        [.. _messages.Values
            .Where(m => m.Position.Priority == range.Priority && m.Position.Sequence >= range.First && m.Position.Sequence <= range.Last)
            .Take(limit)];

    public List<StoredMessage> Read(IEnumerable<ExpiringMessage> named, int limit) =>
        [.. named.Select(n => _messages.GetValueOrDefault(Key(n.Position))).OfType<StoredMessage>().Take(limit)];

    public List<ExpiringMessage> ReadExpiring(ExpiringMessage from, int limit) =>
        [.. _messages.Values
            .Where(m => m.ExpiresAt is not null)
            .Select(m => new ExpiringMessage(m.Position, m.ExpiresAt!.Value))
            .Where(m => m.CompareTo(from) >= 0)
            .Order()
            .Take(limit)];

    public bool Contains(MessagePosition position) => _messages.ContainsKey(Key(position));

    /// <summary>The process dies. What was let go cleanly is kept as it is.</summary>
    public void Crash()
    {
        if (_state.Released)
        {
            return;
        }

        foreach (var message in _messages.Values.Where(m => m.Transient).ToList())
        {
            _messages.Remove(Key(message.Position));
        }

        _state = _state with
        {
            Bands = [.. _state.Bands.Select(b => b with { Transient = 0, TransientBytes = 0 }).Where(b => b.Durable > 0)],
        };
    }

    private static (byte Priority, long Sequence) Key(MessagePosition position) => (position.Priority, position.Sequence);

    private void CheckCounts()
    {
        var bands = _messages.Values.GroupBy(m => m.Position.Priority).ToDictionary(g => g.Key);
        Assert.Equal(bands.Keys.Order(), _state.Bands.Select(b => b.Priority).Order());
        foreach (var band in _state.Bands)
        {
            var messages = bands[band.Priority];
            Assert.Equal(messages.Count(m => !m.Transient), band.Durable);
            Assert.Equal(messages.Count(m => m.Transient), band.Transient);
            Assert.Equal(messages.Where(m => !m.Transient).Sum(m => m.Message.Body.Length), band.DurableBytes);
            Assert.Equal(messages.Where(m => m.Transient).Sum(m => m.Message.Body.Length), band.TransientBytes);
            Assert.True(band.First <= messages.Min(m => m.Position.Sequence), "the band begins before its first message");
        }

        Assert.True(_messages.Count == 0 || _state.NextSequence > _messages.Values.Max(m => m.Position.Sequence));
    }
}
