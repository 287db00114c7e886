namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// The messages of one band that are in memory, in order: first those that were delivered (some of them gone by now), then, from a
/// cursor on, those that never were. Taking and leaving cost O(1); what left in the middle is swept out before the ring would grow,
/// so that one message that stays does not keep room for all that went by.
/// </summary>
internal sealed class MessageWindow
{
    private QueuedMessage?[] _slots = new QueuedMessage?[16];
    private long _front;
    private long _cursor;
    private long _end;

    /// <summary>The oldest message that has not gone; null where there is none.</summary>
    public QueuedMessage? Oldest => _front < _end ? At(_front) : null;

    /// <summary>The last message that came; null where there is none in memory.</summary>
    public QueuedMessage? Newest => _front < _end ? At(_end - 1) : null;

    /// <summary>The next message that was never delivered; null where there is none.</summary>
    public QueuedMessage? Peek()
    {
        for (; _cursor < _end; _cursor++)
        {
            var message = At(_cursor);
            if (message.State == MessageState.Ready)
            {
                return message;
            }
        }

        Trim();
        return null;
    }

    /// <summary>Moves past the message that <see cref="Peek"/> showed.</summary>
    public void Advance() => _cursor++;

    /// <summary>Adds at the end.</summary>
    public void Append(QueuedMessage message)
    {
        if (_end - _front == _slots.Length)
        {
            Sweep();
        }

        _slots[_end++ & (_slots.Length - 1)] = message;
    }

    /// <summary>Lets go of what is gone at the front.</summary>
    public void Trim()
    {
        while (_front < _end && At(_front).State == MessageState.Gone)
        {
            _slots[_front++ & (_slots.Length - 1)] = null;
        }

        _cursor = Math.Max(_cursor, _front);
    }

    /// <summary>Takes the last message away from the end, where that one has a higher number, was never delivered and stands in the store.</summary>
    public QueuedMessage? TakeLast(long after)
    {
        while (_end > _cursor)
        {
            var last = At(_end - 1);
            if (last.State != MessageState.Gone && !(last.State == MessageState.Ready && last.Stored && last.Sequence > after))
            {
                return null;
            }

            _slots[--_end & (_slots.Length - 1)] = null;
            if (last.State == MessageState.Ready)
            {
                return last;
            }
        }

        return null;
    }

    /// <summary>The message at a place counted from the front; null beyond the end.</summary>
    public QueuedMessage? ElementAt(long offset) => _front + offset < _end ? At(_front + offset) : null;

    /// <summary>The place, counted from the front, of the first message with a higher sequence number.</summary>
    public long OffsetAfter(long sequence)
    {
        long low = _front, high = _end;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (At(middle).Sequence <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - _front;
    }

    private QueuedMessage At(long index) => _slots[index & (_slots.Length - 1)]!;

    private void Sweep()
    {
        var kept = new List<QueuedMessage>(_slots.Length);
        var beforeCursor = 0;
        for (var i = _front; i < _end; i++)
        {
            var message = At(i);
            if (message.State != MessageState.Gone)
            {
                kept.Add(message);
                beforeCursor += i < _cursor ? 1 : 0;
            }
        }

        // More than half live: the ring is too small, not just untidy.
        var length = kept.Count > _slots.Length / 2 ? _slots.Length * 2 : _slots.Length;
        _slots = new QueuedMessage?[length];
        kept.CopyTo(_slots!);
        (_front, _cursor, _end) = (0, beforeCursor, kept.Count);
    }
}
