namespace OrleansBroker.Grains.Queues.Core.Messages;

/// <summary>
/// A binary heap of messages by a number. Messages leave it lazily: who looks at the top drops what does not belong there any more,
/// and before the heap would grow all of that is dropped.
/// </summary>
internal sealed class MessageHeap(Func<QueuedMessage, bool> belongs)
{
    private Item[] _items = new Item[16];
    private int _count;

    /// <summary>The message with the lowest number that still belongs here; null where there is none.</summary>
    public QueuedMessage? Peek()
    {
        while (_count > 0 && !belongs(_items[0].Message))
        {
            Pop();
        }

        return _count > 0 ? _items[0].Message : null;
    }

    /// <summary>The messages that belong here, in no order.</summary>
    public IEnumerable<QueuedMessage> Messages => _items.Take(_count).Select(static item => item.Message).Where(belongs);

    /// <summary>Adds a message.</summary>
    public void Push(long number, QueuedMessage message)
    {
        if (_count == _items.Length)
        {
            Sweep();
        }

        Rise(_count++, new Item(number, message));
    }

    /// <summary>Removes the top.</summary>
    public void Pop()
    {
        var last = _items[--_count];
        _items[_count] = default;
        if (_count > 0)
        {
            Sink(0, last);
        }
    }

    private void Sweep()
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (belongs(_items[i].Message))
            {
                _items[kept++] = _items[i];
            }
        }

        Array.Clear(_items, kept, _count - kept);
        _count = kept;
        if (kept > _items.Length / 2)
        {
            Array.Resize(ref _items, _items.Length * 2);
        }

        for (var i = (kept / 2) - 1; i >= 0; i--)
        {
            Sink(i, _items[i]);
        }
    }

    private void Rise(int at, Item item)
    {
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!item.IsBefore(_items[parent]))
            {
                break;
            }

            _items[at] = _items[parent];
            at = parent;
        }

        _items[at] = item;
    }

    private void Sink(int at, Item item)
    {
        while ((2 * at) + 1 < _count)
        {
            var child = (2 * at) + 1;
            if (child + 1 < _count && _items[child + 1].IsBefore(_items[child]))
            {
                child++;
            }

            if (!_items[child].IsBefore(item))
            {
                break;
            }

            _items[at] = _items[child];
            at = child;
        }

        _items[at] = item;
    }

    private readonly record struct Item(long Number, QueuedMessage Message)
    {
        // Of two with the same number the one that came first goes first.
        public bool IsBefore(in Item other) =>
            Number < other.Number || (Number == other.Number && Message.Sequence < other.Message.Sequence);
    }
}
