using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Paging;

/// <summary>
/// Finds what expires among the messages that only the store holds. The store's index tells their positions in the order they
/// expire; what is due is then read, since only its content tells how much leaves the queue.
/// </summary>
internal sealed class TailExpiry(QueueLimits limits, ReadyList ready, TakenFromTail taken, bool inOrder)
{
    private const long Retry = 1_000;
    // Due messages this far apart are read as one page: what lies between costs less than a read of its own.
    private const int Gap = 256;
    private const int FewPositions = 64;
    private readonly Queue<ExpiringMessage> _due = [];
    private long _next = QueuedMessage.Never;
    private long _nextPaged = QueuedMessage.Never;
    private int _asked;
    private int _run;
    // The index is asked for few where few are due at a time, and for more while all that it names are.
    private int _positions = Math.Min(FewPositions, limits.ExpiryPositions);

    /// <summary>Whether messages leave in the order of their deadlines, not only on time: delayed messages do.</summary>
    public bool InOrder => inOrder;

    /// <summary>Whether positions are being read.</summary>
    public bool IsReading => _asked > 0;

    /// <summary>When the next paged message may be due; null where none expires, or it is already being looked for.</summary>
    public long? Next => _next == QueuedMessage.Never || IsReading || _due.Count > 0 ? null : _next;

    /// <summary>An owner does not know what the tail it finds holds: it looks first.</summary>
    public void Recover() => _next = 0;

    /// <summary>A message goes to the tail.</summary>
    public void Paged(long expiresAt)
    {
        _next = Math.Min(_next, expiresAt);
        _nextPaged = Math.Min(_nextPaged, expiresAt);
    }

    /// <summary>
    /// How many positions to read now; 0 where nothing can be due. The index also names messages that were due while consumers held
    /// them, or that are being dead-lettered: those come first, so as many more are asked for.
    /// </summary>
    public int Ask(long held, long now)
    {
        if (Next is not { } next || next > now)
        {
            return 0;
        }

        _nextPaged = QueuedMessage.Never;
        return _asked = (int)Math.Min(int.MaxValue, _positions + held);
    }

    /// <summary>Positions in the order they expire.</summary>
    public void Loaded(IReadOnlyList<ExpiringMessage> messages, long now)
    {
        var truncated = messages.Count >= _asked;
        _asked = 0;
        _next = _nextPaged;
        foreach (var message in messages)
        {
            if (!IsPaged(message.Position))
            {
                continue;
            }

            if (message.ExpiresAt > now)
            {
                _next = Math.Min(_next, message.ExpiresAt);
                _positions = Math.Min(FewPositions, limits.ExpiryPositions);
                return;
            }

            _due.Enqueue(message);
        }

        if (truncated)
        {
            _positions = (int)Math.Min(2L * _positions, limits.ExpiryPositions);
            // What was not named expires after the last that was.
            var last = messages[^1].ExpiresAt;
            _next = Math.Min(_next, last > now || _due.Count > 0 ? last : now + Retry);
        }
    }

    /// <summary>The next stretch of the tail to read for what is due in it; null where nothing is.</summary>
    public MessageRange? NextStretch()
    {
        DropStale();
        _run = 0;
        if (_due.Count == 0)
        {
            return null;
        }

        var first = _due.Peek().Position;
        var last = first.Sequence;
        foreach (var (position, _) in _due)
        {
            if (position.Priority != first.Priority || position.Sequence < last || position.Sequence > last + Gap)
            {
                break;
            }

            last = position.Sequence;
            _run++;
        }

        return new MessageRange(first.Priority, first.Sequence, last);
    }

    /// <summary>The stretch was read up to a number.</summary>
    public void Read(MessageRange stretch, long upTo)
    {
        while (_due.TryPeek(out var message)
            && message.Position is var position
            && position.Priority == stretch.Priority
            && position.Sequence >= stretch.First
            && position.Sequence <= upTo)
        {
            _due.Dequeue();
        }
    }

    /// <summary>The next of those that the stretch was read for, up to a number: in the order of their deadlines, and of their numbers.</summary>
    public long? TakeNamed(long upTo)
    {
        if (_run == 0 || _due.Peek().Position.Sequence > upTo)
        {
            return null;
        }

        _run--;
        return _due.Dequeue().Position.Sequence;
    }

    /// <summary>No paged message that is still to leave is due before this.</summary>
    public long Bound()
    {
        DropStale();
        var next = IsReading ? Math.Min(_next, _nextPaged) : _next;
        return _due.TryPeek(out var first) ? Math.Min(first.ExpiresAt, next) : next;
    }

    /// <summary>Whether only the store holds the message, as a ready one.</summary>
    public bool IsPaged(MessagePosition position) =>
        position.Priority < ready.Bands.Length
        && ready.Bands[position.Priority] is { Paged: > 0 } band
        && position.Sequence >= band.PagedFirst
        && position.Sequence <= band.PagedLast
        && !taken.Contains(position.Sequence);

    private void DropStale()
    {
        while (_due.TryPeek(out var message) && !IsPaged(message.Position))
        {
            _due.Dequeue();
        }
    }
}
