using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Queues.Core.Writes;

/// <summary>The last batch of each link, the link that was silent for longest first, so that a repeat is answered and not enqueued.</summary>
internal sealed class LinkHistory
{
    private readonly int _most;
    private readonly List<LinkBatch> _batches = [];
    private LinkPosition[]? _snapshot;

    public LinkHistory(int most, IReadOnlyList<LinkPosition> recovered)
    {
        _most = most;
        foreach (var position in recovered)
        {
            _batches.Add(new LinkBatch(position, Write: 0));
        }
    }

    /// <summary>What became of the link's last batch where that is this one, or a later one; null where this one is new.</summary>
    public LinkBatch? Find(long link, long number)
    {
        var at = IndexOf(link);
        if (at < 0 || _batches[at].Position.Number < number)
        {
            return null;
        }

        // An earlier batch than the last was answered long ago (a link has one in flight): nobody reads this answer.
        return _batches[at].Position.Number == number ? _batches[at] : new LinkBatch(new LinkPosition(link, number, null), 0);
    }

    /// <summary>Notes a batch, and the write that its answer waits for.</summary>
    public void Remember(long link, long number, int[]? refused, long write)
    {
        var at = IndexOf(link);
        if (at >= 0)
        {
            _batches.RemoveAt(at);
        }
        else if (_batches.Count >= _most)
        {
            _batches.RemoveAt(0);
        }

        _batches.Add(new LinkBatch(new LinkPosition(link, number, refused), write));
        _snapshot = null;
    }

    /// <summary>What the state keeps of it.</summary>
    public IReadOnlyList<LinkPosition> Snapshot() => _snapshot ??= [.. _batches.Select(b => b.Position)];

    private int IndexOf(long link)
    {
        for (var i = _batches.Count - 1; i >= 0; i--)
        {
            if (_batches[i].Position.Link == link)
            {
                return i;
            }
        }

        return -1;
    }
}

/// <summary>A link's last batch.</summary>
internal readonly record struct LinkBatch(LinkPosition Position, long Write)
{
    public EnqueueReply Reply => Position.Refused is { } refused ? new EnqueueReply { Refused = refused } : EnqueueReply.Accepted;
}
