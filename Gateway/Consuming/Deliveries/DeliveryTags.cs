namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>
/// A channel's outstanding delivery tags, and which delivery each of them is. Tags follow one another, so a ring serves; a few that stay
/// outstanding while many pass by move to a side table, so that they do not keep room for all those. Not thread-safe.
/// </summary>
/// <typeparam name="THolder">Whose deliveries they are.</typeparam>
internal sealed class DeliveryTags<THolder>
    where THolder : class
{
    private const int SmallestRing = 16;

    private readonly List<Left> _left = [];
    private Slot[] _ring = new Slot[SmallestRing];
    private int _leftCount;
    private ulong _first = 1;
    private ulong _next = 1;

    /// <summary>How many are outstanding.</summary>
    public int Count { get; private set; }

    /// <summary>How many tags there is room for without growing.</summary>
    public int Room => _ring.Length + _left.Capacity;

    /// <summary>Gives tags to deliveries whose numbers follow one another; returns the first tag.</summary>
    public ulong Add(THolder holder, long number, int count)
    {
        var tag = _next;
        for (var i = 0; i < count; i++)
        {
            Push(new Slot(holder, number + i));
        }

        Count += count;
        return tag;
    }

    /// <summary>Gives tags to deliveries that need no settlement; returns the first tag.</summary>
    public ulong Skip(int count)
    {
        var tag = _next;
        if (Count == _leftCount)
        {
            _first = _next += (ulong)count;
            return tag;
        }

        for (var i = 0; i < count; i++)
        {
            Push(default);
        }

        return tag;
    }

    /// <summary>
    /// Takes a tag out, or all up to it (tag 0: all there are), as runs in the order of the tags. False, and nothing is taken, where the
    /// tag is not outstanding.
    /// </summary>
    public bool TryTake(ulong tag, bool multiple, List<TagRange<THolder>> taken)
    {
        if (multiple && tag == 0)
        {
            TakeUpTo(_next - 1, taken);
            return true;
        }

        var left = tag < _first ? LowerBound(tag) : -1;
        var known = left >= 0
            ? left < _left.Count && _left[left].Tag == tag && _left[left].Delivery.Holder is not null
            : tag < _next && SlotOf(tag).Holder is not null;
        if (!known)
        {
            return false;
        }

        if (multiple)
        {
            TakeUpTo(tag, taken);
        }
        else if (left >= 0)
        {
            TakeLeft(left, taken);
            CompactLeft();
        }
        else
        {
            TakeSlot(tag, taken);
            PassEmpty();
        }

        return true;
    }

    /// <summary>Makes a run outstanding again.</summary>
    public void Restore(in TagRange<THolder> range)
    {
        for (var i = 0; i < range.Count; i++)
        {
            var tag = range.Tag + (ulong)i;
            var delivery = new Slot(range.Holder, range.First + i);
            if (tag >= _first)
            {
                SlotOf(tag) = delivery;
            }
            else
            {
                var at = LowerBound(tag);
                if (at < _left.Count && _left[at].Tag == tag)
                {
                    _left[at] = new Left(tag, delivery);
                }
                else
                {
                    _left.Insert(at, new Left(tag, delivery));
                }

                _leftCount++;
            }
        }

        Count += range.Count;
    }

    private void TakeUpTo(ulong last, List<TagRange<THolder>> taken)
    {
        for (var i = 0; _leftCount > 0 && i < _left.Count && _left[i].Tag <= last; i++)
        {
            if (_left[i].Delivery.Holder is not null)
            {
                TakeLeft(i, taken);
            }
        }

        CompactLeft();
        for (var tag = _first; tag <= last && tag < _next; tag++)
        {
            if (SlotOf(tag).Holder is not null)
            {
                TakeSlot(tag, taken);
            }
        }

        PassEmpty();
    }

    private void TakeSlot(ulong tag, List<TagRange<THolder>> taken)
    {
        ref var slot = ref SlotOf(tag);
        Count--;
        Append(taken, tag, slot);
        slot = default;
    }

    private void TakeLeft(int at, List<TagRange<THolder>> taken)
    {
        var (tag, delivery) = _left[at];
        Count--;
        _leftCount--;
        Append(taken, tag, delivery);
        _left[at] = new Left(tag, default);
    }

    private static void Append(List<TagRange<THolder>> taken, ulong tag, Slot delivery)
    {
        if (taken.Count > 0 && taken[^1] is var run
            && ReferenceEquals(run.Holder, delivery.Holder)
            && run.Last + 1 == delivery.Number
            && run.Tag + (ulong)run.Count == tag)
        {
            taken[^1] = run with { Last = delivery.Number };
        }
        else
        {
            taken.Add(new TagRange<THolder>(tag, delivery.Holder!, delivery.Number, delivery.Number));
        }
    }

    private void PassEmpty()
    {
        while (_first < _next && SlotOf(_first).Holder is null)
        {
            _first++;
        }
    }

    private void CompactLeft()
    {
        if (_leftCount < _left.Count / 2 || _leftCount == 0)
        {
            _left.RemoveAll(static l => l.Delivery.Holder is null);
        }
    }

    private void Push(Slot slot)
    {
        if (_next - _first == (ulong)_ring.Length)
        {
            MakeRoom();
        }

        SlotOf(_next++) = slot;
    }

    private void MakeRoom()
    {
        if (_ring.Length < 64 || RingCount() > _ring.Length / 4)
        {
            var ring = new Slot[_ring.Length * 2];
            for (var tag = _first; tag < _next; tag++)
            {
                ring[tag & (ulong)(ring.Length - 1)] = SlotOf(tag);
            }

            _ring = ring;
            return;
        }

        for (; _first < _next; _first++)
        {
            ref var slot = ref SlotOf(_first);
            if (slot.Holder is not null)
            {
                _left.Add(new Left(_first, slot));
                _leftCount++;
                slot = default;
            }
        }
    }

    // Not Count - _leftCount: Add counts a run only when all of it is in.
    private int RingCount()
    {
        var count = 0;
        foreach (var slot in _ring)
        {
            count += slot.Holder is null ? 0 : 1;
        }

        return count;
    }

    private ref Slot SlotOf(ulong tag) => ref _ring[tag & (ulong)(_ring.Length - 1)];

    private int LowerBound(ulong tag)
    {
        int low = 0, high = _left.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _left[middle].Tag < tag ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private readonly record struct Slot(THolder? Holder, long Number);

    private readonly record struct Left(ulong Tag, Slot Delivery);
}

/// <summary>Deliveries whose tags and numbers both follow one another.</summary>
/// <param name="Tag">The first one's tag.</param>
/// <param name="Holder">Whose they are.</param>
/// <param name="First">The first one's number.</param>
/// <param name="Last">The last one's number.</param>
internal readonly record struct TagRange<THolder>(ulong Tag, THolder Holder, long First, long Last)
{
    /// <summary>How many they are.</summary>
    public int Count => (int)(Last - First + 1);
}
