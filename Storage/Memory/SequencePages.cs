using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.Memory;

/// <summary>
/// The messages of one priority by sequence number, in pages of neighbours: appending at the end and removing at the head cost a
/// step, and a range over a gap costs nothing for what is not there.
/// </summary>
internal sealed class SequencePages
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;

    private readonly List<Page> _pages = [];

    public StoredMessage? Find(long sequence)
    {
        var at = Search(sequence >> PageBits);
        return at >= 0 ? _pages[at].Slots[(int)(sequence & (PageSize - 1))] : null;
    }

    /// <summary>Puts the message in its place and returns the one that was there.</summary>
    public StoredMessage? Put(StoredMessage message)
    {
        var sequence = message.Position.Sequence;
        var at = Search(sequence >> PageBits);
        if (at < 0)
        {
            at = ~at;
            _pages.Insert(at, new Page(sequence >> PageBits));
        }

        var page = _pages[at];
        ref var slot = ref page.Slots[(int)(sequence & (PageSize - 1))];
        var before = slot;
        slot = message;
        page.Count += before is null ? 1 : 0;
        return before;
    }

    /// <summary>Removes what stands from <paramref name="first"/> to <paramref name="last"/> and tells each to <paramref name="removed"/>.</summary>
    public void Remove(long first, long last, Action<StoredMessage> removed)
    {
        var at = First(first);
        while (at < _pages.Count && _pages[at].Start <= last)
        {
            var page = _pages[at];
            var end = (int)Math.Min(PageSize - 1, last - page.Start);
            for (var i = (int)Math.Max(0, first - page.Start); i <= end; i++)
            {
                if (page.Slots[i] is { } message)
                {
                    page.Slots[i] = null;
                    page.Count--;
                    removed(message);
                }
            }

            if (page.Count == 0)
            {
                _pages.RemoveAt(at);
            }
            else
            {
                at++;
            }
        }
    }

    /// <summary>Adds what stands in the range to the list until it has <paramref name="limit"/> messages or some <paramref name="octets"/>.</summary>
    public void Read(long first, long last, int limit, long octets, List<StoredMessage> into)
    {
        for (var at = First(first); at < _pages.Count && _pages[at].Start <= last; at++)
        {
            var page = _pages[at];
            var end = (int)Math.Min(PageSize - 1, last - page.Start);
            for (var i = (int)Math.Max(0, first - page.Start); i <= end; i++)
            {
                if (into.Count >= limit || octets <= 0)
                {
                    return;
                }

                if (page.Slots[i] is { } message)
                {
                    into.Add(message);
                    octets -= message.Message.Size;
                }
            }
        }
    }

    private int First(long sequence)
    {
        var at = Search(sequence >> PageBits);
        return at >= 0 ? at : ~at;
    }

    private int Search(long number)
    {
        // Most calls are for the last page (an append) or the first (a read or an ack at the head).
        if (_pages.Count == 0 || number > _pages[^1].Number)
        {
            return ~_pages.Count;
        }

        var low = 0;
        var high = _pages.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = _pages[middle].Number;
            if (found == number)
            {
                return middle;
            }

            if (found < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    private sealed class Page(long number)
    {
        public long Number { get; } = number;

        public long Start => Number << PageBits;

        public StoredMessage?[] Slots { get; } = new StoredMessage?[PageSize];

        public int Count { get; set; }
    }
}
