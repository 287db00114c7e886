using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Departures;

/// <summary>
/// Messages on their way to the dead-letter exchange, in the order they died. A bounded number is under way; a message leaves its
/// queue only when its dead letter is stored at the target, and is tried again after a pause where it could not be.
/// </summary>
internal sealed class DeadLetterLine(QueueId queue, CurrentSettings settings, QueueLimits limits)
{
    private readonly Queue<Burial> _waiting = [];
    private readonly Queue<Burial> _paused = [];
    private readonly Dictionary<long, Burial> _underWay = [];
    private long _lastId;

    /// <summary>Messages under way and waiting.</summary>
    public int Count => _waiting.Count + _paused.Count + _underWay.Count;

    /// <summary>Whether so many wait that no message is read from the store only to be dead-lettered.</summary>
    public bool IsFull => Count >= Math.Max(limits.DeadLettersInFlight, limits.HeadMessages / 2);

    /// <summary>When a paused one is due; null where none is paused.</summary>
    public long? NextRetry => _paused.TryPeek(out var first) ? first.RetryAt : null;

    /// <summary>Adds a message that died while the queue has a dead-letter exchange.</summary>
    public void Add(QueuedMessage message, DropReason reason, long now) =>
        _waiting.Enqueue(
            new Burial(++_lastId, message, reason, now, settings.Value.DeadLetterExchange ?? "", settings.Value.DeadLetterRoutingKey));

    /// <summary>All messages, those under way included.</summary>
    public IEnumerable<QueuedMessage> Messages => _underWay.Values.Concat(_paused).Concat(_waiting).Select(b => b.Message);

    /// <summary>Starts as many as may be under way.</summary>
    public void Collect(long now, List<DeadLetter> effects)
    {
        while (_paused.TryPeek(out var paused) && paused.RetryAt <= now)
        {
            Start(_paused.Dequeue(), effects);
        }

        while (_waiting.Count > 0 && _underWay.Count + _paused.Count < limits.DeadLettersInFlight)
        {
            Start(_waiting.Dequeue(), effects);
        }
    }

    /// <summary>One is stored: its message may go. Null where the id is not under way.</summary>
    public QueuedMessage? Stored(long id) => _underWay.Remove(id, out var burial) ? burial.Message : null;

    /// <summary>One could not be stored.</summary>
    public void Failed(long id, long now)
    {
        if (_underWay.Remove(id, out var burial))
        {
            _paused.Enqueue(burial with { RetryAt = now + limits.DeadLetterPause });
        }
    }

    private void Start(Burial burial, List<DeadLetter> effects)
    {
        // A delay that is over is no death: nothing of it is written into the message but that it was delayed.
        var dead = settings.Value.DelayedExchange is not null
            ? DelayHeader.Over(burial.Message.Message)
            : DeathRecord.Write(burial.Message.Message, queue.Name, burial.Reason, burial.At, burial.Exchange, burial.RoutingKey);
        _underWay.Add(burial.Id, burial);
        effects.Add(new DeadLetter(burial.Id, dead.Exchange, dead.RoutingKey, dead));
    }

    private sealed record Burial(long Id, QueuedMessage Message, DropReason Reason, long At, string Exchange, string? RoutingKey)
    {
        public long RetryAt { get; init; }
    }
}
