using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Queues;

/// <summary>Looks through the names of queues for those of a page, and counts the others that match.</summary>
internal sealed class QueueSearch(ListQuery query)
{
    private readonly List<Source> _sources = [];

    /// <summary>How many queues there are.</summary>
    public long Total { get; private set; }

    /// <summary>How many of them match.</summary>
    public long Filtered { get; private set; }

    /// <summary>Adds the names of a virtual host, behind those that were added before.</summary>
    public void Add(string virtualHost, IQueueNames names)
    {
        _sources.Add(new Source(_sources.Count, virtualHost, names.Read(query.IsReversed), query));
        Total += names.Count;
    }

    /// <summary>The queues of the page, in its order.</summary>
    public IReadOnlyList<QueueId> Run(CancellationToken cancellationToken)
    {
        var page = new List<QueueId>(query.PageSize);
        var next = new PriorityQueue<Source, Source>(Comparer<Source>.Create(Compare));
        foreach (var source in _sources.Where(source => source.MoveNext(cancellationToken)))
        {
            next.Enqueue(source, source);
        }

        while (page.Count < query.PageSize && next.TryDequeue(out var first, out _))
        {
            if (Filtered++ >= query.Skipped)
            {
                page.Add(new QueueId(first.VirtualHost, first.Name.ToString()));
            }

            // Its place in the line goes by the name where it stands.
            if (first.MoveNext(cancellationToken))
            {
                next.Enqueue(first, first);
            }
        }

        CountRest(next, cancellationToken);
        return page;
    }

    private void CountRest(PriorityQueue<Source, Source> left, CancellationToken cancellationToken)
    {
        if (query.Matches is null)
        {
            Filtered = Total;
            return;
        }

        while (left.TryDequeue(out var source, out _))
        {
            Filtered += source.CountRest(cancellationToken);
        }
    }

    private int Compare(Source one, Source other)
    {
        var order = query.IsByName ? one.Name.SequenceCompareTo(other.Name) : 0;
        order = order != 0 ? order : one.Index.CompareTo(other.Index);
        return query.IsReversed ? -order : order;
    }

    /// <summary>The names of a virtual host that match, from one to the next.</summary>
    private sealed class Source(int index, string virtualHost, IEnumerable<ReadOnlyMemory<char>> names, ListQuery query)
    {
        private readonly IEnumerator<ReadOnlyMemory<char>> _names = names.GetEnumerator();
        private readonly List<Range> _found = [];
        private int _passed;

        public int Index => index;

        public string VirtualHost => virtualHost;

        public ReadOnlySpan<char> Name => _names.Current.Span[_found[query.IsReversed ? ^_passed : _passed - 1]];

        /// <summary>Goes to the next one.</summary>
        public bool MoveNext(CancellationToken cancellationToken)
        {
            while (_passed == _found.Count)
            {
                if (!Read(cancellationToken))
                {
                    return false;
                }
            }

            _passed++;
            return true;
        }

        /// <summary>How many there are from here on, this one too.</summary>
        public long CountRest(CancellationToken cancellationToken)
        {
            var count = 1L + _found.Count - _passed;
            while (Read(cancellationToken))
            {
                count += _found.Count;
            }

            return count;
        }

        private bool Read(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _found.Clear();
            _passed = 0;
            if (!_names.MoveNext())
            {
                return false;
            }

            (query.Matches ?? NameFilter.All).Find(_names.Current.Span, _found);
            return true;
        }
    }
}
