using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Consumers;

/// <summary>
/// What one consumer holds unsettled, by delivery number. The numbers follow one another, so a ring serves; a few that stay unsettled
/// while many pass by move to a side table, so that they do not keep room for all those.
/// </summary>
internal sealed class UnackedMessages
{
    private QueuedMessage?[] _ring = [];
    private readonly List<Left> _left = [];
    private int _leftCount;
    private long _first = 1;
    private long _next = 1;

    /// <summary>How many are unsettled.</summary>
    public int Count { get; private set; }

    /// <summary>The number of the next delivery.</summary>
    public long Next => _next;

    /// <summary>What is unsettled.</summary>
    public IEnumerable<QueuedMessage> Messages =>
        _left.Select(l => l.Message).Concat(_ring).OfType<QueuedMessage>();

    /// <summary>The one that was delivered first; null where nothing is unsettled.</summary>
    public QueuedMessage? Oldest => FindFrom(0, long.MaxValue) is { } number ? this[number] : null;

    /// <summary>The one of a number that is unsettled.</summary>
    public QueuedMessage this[long number] => (number < _first ? _left[LowerBound(number)].Message : _ring[number & (_ring.Length - 1)])!;

    /// <summary>Adds the next delivery.</summary>
    public void Add(QueuedMessage message)
    {
        if (_next - _first == _ring.Length)
        {
            MakeRoom();
        }

        _ring[_next++ & (_ring.Length - 1)] = message;
        Count++;
    }

    /// <summary>Passes over a number: a delivery that is settled by being sent.</summary>
    public void Skip()
    {
        if (Count == 0)
        {
            _first = ++_next;
            return;
        }

        Add(null!);
        Count--;
    }

    /// <summary>The lowest number from this one on that is unsettled; null where there is none up to <paramref name="last"/>.</summary>
    public long? FindFrom(long number, long last)
    {
        if (_leftCount > 0 && number < _first)
        {
            for (var at = LowerBound(number); at < _left.Count; at++)
            {
                if (_left[at].Message is not null)
                {
                    return _left[at].Number <= last ? _left[at].Number : null;
                }
            }
        }

        last = Math.Min(last, _next - 1);
        for (number = Math.Max(number, _first); number <= last; number++)
        {
            if (_ring[number & (_ring.Length - 1)] is not null)
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>Takes an unsettled delivery out.</summary>
    public QueuedMessage Take(long number)
    {
        Count--;
        if (number < _first)
        {
            return TakeLeft(number);
        }

        ref var slot = ref _ring[number & (_ring.Length - 1)];
        var message = slot!;
        slot = null;
        while (_first < _next && _ring[_first & (_ring.Length - 1)] is null)
        {
            _first++;
        }

        return message;
    }

    private void MakeRoom()
    {
        if (Count - _leftCount > _ring.Length / 4 || _ring.Length < 64)
        {
            Grow();
            return;
        }

        for (; _first < _next; _first++)
        {
            ref var slot = ref _ring[_first & (_ring.Length - 1)];
            if (slot is not null)
            {
                _left.Add(new Left(_first, slot));
                _leftCount++;
                slot = null;
            }
        }
    }

    private void Grow()
    {
        var ring = new QueuedMessage?[Math.Max(16, _ring.Length * 2)];
        for (var n = _first; n < _next; n++)
        {
            ring[n & (ring.Length - 1)] = _ring[n & (_ring.Length - 1)];
        }

        _ring = ring;
    }

    private QueuedMessage TakeLeft(long number)
    {
        var at = LowerBound(number);
        var message = _left[at].Message!;
        _left[at] = new Left(number, null);
        if (--_leftCount < _left.Count / 2)
        {
            _left.RemoveAll(l => l.Message is null);
        }

        return message;
    }

    private int LowerBound(long number)
    {
        int low = 0, high = _left.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _left[middle].Number < number ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private readonly record struct Left(long Number, QueuedMessage? Message);
}
