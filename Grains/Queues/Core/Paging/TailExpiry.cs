using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Paging;

/// <summary>
/// Knows which of the messages that only the store holds expire next. A bounded stretch of the store's index, which is in the order of
/// the deadlines, is kept here; what arrives within that stretch joins it, and the index is read on from its end before that end is
/// due. So each position is read once however long the tail is, and what is far in the future costs nothing.
/// </summary>
internal sealed class TailExpiry(QueueLimits limits, ReadyList ready, TakenFromTail taken, bool inOrder)
{
    // Milliseconds before its end is due that more of the index is read: no message waits for the look that names it.
    private const long Lead = 1_000;
    private static readonly ExpiringMessage End = new(default, QueuedMessage.Never);

    private readonly SortedSet<ExpiringMessage> _known = [];
    // From here on the index may name messages that are not known.
    private ExpiringMessage _unknown = End;
    // What was left out while the index was being read, from here on.
    private ExpiringMessage _leftOut = End;
    private int _asked;

    /// <summary>Whether messages leave in the order of their deadlines, not only on time: delayed messages do.</summary>
    public bool InOrder => inOrder;

    /// <summary>Whether positions are being read.</summary>
    public bool IsReading => _asked > 0;

    /// <summary>Positions that are kept.</summary>
    public int Known => _known.Count;

    /// <summary>When a paged message is due, or more of the index is to be read; null where neither will be.</summary>
    public long? Next
    {
        get
        {
            DropStale();
            var due = _known.Count > 0 && _known.Min is var first && first < Horizon ? first.ExpiresAt : QueuedMessage.Never;
            var look = WantsMore ? _unknown.ExpiresAt - Lead : QueuedMessage.Never;
            return Math.Min(due, look) is var next && next < QueuedMessage.Never ? Math.Max(0, next) : null;
        }
    }

    // All that expires before this is known.
    private ExpiringMessage Horizon => _leftOut < _unknown ? _leftOut : _unknown;

    private bool WantsMore => !IsReading && _unknown != End && _known.Count <= limits.ExpiryPositions / 2 && IsAnyPaged;

    private bool IsAnyPaged => ready.Count > ready.InMemory;

    /// <summary>An owner does not know what the tail it finds holds: it looks first.</summary>
    public void Recover() => _unknown = default;

    /// <summary>A message goes to the tail.</summary>
    public void Paged(QueuedMessage message)
    {
        if (message.ExpiresAt == QueuedMessage.Never)
        {
            return;
        }

        // A look that is under way may have come too early to see it.
        var expiring = new ExpiringMessage(message.Position, message.ExpiresAt);
        if (IsReading || expiring < _unknown)
        {
            _known.Add(expiring);
            Bind();
        }
    }

    /// <summary>From where on to read the index now, and how much of it; null where nothing is to be read.</summary>
    public ExpiringRequest? Ask(long now)
    {
        DropStale();
        if (!WantsMore || _unknown.ExpiresAt - Lead > now)
        {
            return null;
        }

        _asked = limits.ExpiryPositions;
        return new ExpiringRequest(_unknown, _asked);
    }

    /// <summary>Positions in the order they expire.</summary>
    public void Loaded(IReadOnlyList<ExpiringMessage> messages)
    {
        _unknown = messages.Count < _asked ? End : After(messages[^1]);
        _unknown = Horizon;
        (_leftOut, _asked) = (End, 0);
        foreach (var message in messages)
        {
            // The index also names what is in memory, or with consumers, or not ready yet.
            if (IsPaged(message.Position))
            {
                _known.Add(message);
            }
        }

        while (_known.Count > 0 && _known.Max >= _unknown)
        {
            _known.Remove(_known.Max);
        }

        Bind();
    }

    /// <summary>The messages that are due, in the order of their deadlines and of their arrival, as many as are read at a time.</summary>
    public ExpiringMessage[] Due(long now)
    {
        DropStale();
        List<ExpiringMessage>? due = null;
        foreach (var message in _known)
        {
            if (message.ExpiresAt > now || message >= Horizon || due?.Count >= limits.ExpiryPositions)
            {
                break;
            }

            if (IsPaged(message.Position))
            {
                (due ??= []).Add(message);
            }
        }

        return due?.ToArray() ?? [];
    }

    /// <summary>A message that was due was looked for; whatever became of it, it is not looked for again.</summary>
    public void Read(ExpiringMessage message) => _known.Remove(message);

    /// <summary>No paged message that is still to leave is due before this.</summary>
    public long Bound()
    {
        if (!IsAnyPaged)
        {
            // What the index may still name has left: nothing in memory is to wait for it.
            return QueuedMessage.Never;
        }

        DropStale();
        var horizon = Horizon.ExpiresAt;
        return _known.Count > 0 ? Math.Min(_known.Min.ExpiresAt, horizon) : horizon;
    }

    /// <summary>Whether only the store holds the message, as a ready one.</summary>
    public bool IsPaged(MessagePosition position) =>
        position.Priority < ready.Bands.Length
        && ready.Bands[position.Priority] is { Paged: > 0 } band
        && position.Sequence >= band.PagedFirst
        && position.Sequence <= band.PagedLast
        && !taken.Contains(position.Sequence);

    private static ExpiringMessage After(ExpiringMessage message) =>
        message with { Position = message.Position with { Sequence = message.Position.Sequence + 1 } };

    // Forgets the far half where too much is known: the index names it again in time.
    private void Bind()
    {
        if (_known.Count <= 2 * limits.ExpiryPositions)
        {
            return;
        }

        var first = End;
        while (_known.Count > limits.ExpiryPositions)
        {
            first = _known.Max;
            _known.Remove(first);
        }

        if (IsReading)
        {
            _leftOut = first < _leftOut ? first : _leftOut;
        }
        else
        {
            _unknown = first < _unknown ? first : _unknown;
        }
    }

    private void DropStale()
    {
        while (_known.Count > 0 && !IsPaged(_known.Min.Position))
        {
            _known.Remove(_known.Min);
        }
    }
}
