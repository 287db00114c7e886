using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Queues.Core.Writes;

/// <summary>What the next write removes, as few ranges as it takes.</summary>
internal sealed class RemovedRanges
{
    private List<MessageRange> _ranges = [];
    private bool _ordered = true;

    public bool IsEmpty => _ranges.Count == 0;

    public void Add(byte priority, long first, long last)
    {
        if (_ranges.Count > 0)
        {
            var previous = _ranges[^1];
            if (previous.Priority == priority && previous.Last + 1 == first)
            {
                _ranges[^1] = previous with { Last = last };
                return;
            }

            _ordered &= Compare(previous, new MessageRange(priority, first, last)) < 0;
        }

        _ranges.Add(new MessageRange(priority, first, last));
    }

    /// <summary>The ranges in order, those that touch joined; none are left.</summary>
    public IReadOnlyList<MessageRange> Take()
    {
        if (_ranges.Count == 0)
        {
            return [];
        }

        var taken = _ordered ? _ranges : Joined();
        _ranges = [];
        _ordered = true;
        return taken;
    }

    private List<MessageRange> Joined()
    {
        _ranges.Sort(Compare);
        var joined = new List<MessageRange>();
        foreach (var range in _ranges)
        {
            if (joined.Count > 0 && joined[^1].Priority == range.Priority && joined[^1].Last + 1 == range.First)
            {
                joined[^1] = joined[^1] with { Last = range.Last };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    private static int Compare(MessageRange a, MessageRange b) =>
        a.Priority != b.Priority ? a.Priority.CompareTo(b.Priority) : a.First.CompareTo(b.First);
}
