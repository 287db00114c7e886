using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Departures;

/// <summary>
/// Ends ready messages in memory on time, wherever in the queue they stand. A queue's own time to live needs no watching: the first
/// of a band is due first. A message's own goes into a heap. One of 0 is over unless the next delivery takes the message.
/// </summary>
internal sealed class MessageExpiry(CurrentSettings settings, ReadyList ready, Exits exits)
{
    private readonly MessageHeap _watched = new(StaysWatched);
    private readonly List<QueuedMessage> _immediate = [];
    // A time to live that was changed makes the order of deadlines another one than that of arrival.
    private bool _inOrder = true;

    /// <summary>Whether there are messages that live only as long as they can be delivered at once.</summary>
    public bool HasImmediate => _immediate.Count > 0;

    /// <summary>When a message that arrives now expires.</summary>
    public long Deadline(QueuedMessage message)
    {
        if (settings.Value.DelayedExchange is not null)
        {
            // Its time to live begins in the queue that it goes to.
            var delay = DelayHeader.Of(message.Message);
            return delay <= QueuedMessage.Never - 1 - message.EnqueuedAt ? message.EnqueuedAt + delay : QueuedMessage.Never - 1;
        }

        var own = MessageProperties.TtlOf(message.Message);
        var ttl = own is { } o && settings.Value.MessageTtl is { } q ? Math.Min(o, q) : own ?? settings.Value.MessageTtl;
        return ttl is { } t && message.EnqueuedAt <= QueuedMessage.Never - 1 - t ? message.EnqueuedAt + t : QueuedMessage.Never;
    }

    /// <summary>A message became ready in memory.</summary>
    public void Watch(QueuedMessage message)
    {
        if (message.ExpiresAt == QueuedMessage.Never || message.Watched || IsInOrder(message))
        {
            return;
        }

        message.Watched = true;
        if (message.IsImmediate)
        {
            _immediate.Add(message);
        }
        else
        {
            _watched.Push(message.ExpiresAt, message);
        }
    }

    /// <summary>Whether the message must not be delivered any more.</summary>
    public static bool IsDue(QueuedMessage message, long now) => message.ExpiresAt <= now && !message.IsImmediate;

    /// <summary>
    /// Ends what is due. What lives only if it is delivered at once stays while <paramref name="claimed"/>: a consumer has asked for
    /// more and takes it when its last delivery is through.
    /// </summary>
    /// <param name="claimed">Whether a consumer has asked for more.</param>
    /// <param name="until">What is due by then is due.</param>
    /// <param name="now">The time.</param>
    public void Sweep(bool claimed, long until, long now)
    {
        if (_immediate.Count > 0)
        {
            EndImmediate(claimed, now);
        }

        EndDue(until, now);
        if (_inOrder && settings.Value.MessageTtl > 0)
        {
            foreach (var band in ready.Bands)
            {
                while (band is not null && FirstInOrder(band) is { } first && first.ExpiresAt <= until)
                {
                    exits.DieReady(first, DropReason.Expired, now);
                }
            }
        }
    }

    /// <summary>Ends what is due among the deadlines that are watched one by one.</summary>
    public void EndDue(long until, long now)
    {
        while (_watched.Peek() is { } message && message.ExpiresAt <= until)
        {
            exits.DieReady(message, DropReason.Expired, now);
        }
    }

    /// <summary>When the next message in memory is due; null where none expires.</summary>
    public long? Next()
    {
        var next = _watched.Peek()?.ExpiresAt ?? QueuedMessage.Never;
        if (_inOrder && settings.Value.MessageTtl > 0)
        {
            foreach (var band in ready.Bands)
            {
                if (band is not null && FirstInOrder(band) is { } first)
                {
                    next = Math.Min(next, first.ExpiresAt);
                }
            }
        }

        return next == QueuedMessage.Never ? null : next;
    }

    /// <summary>The queue's time to live changed: from now on every deadline is watched for itself.</summary>
    public void Reorder()
    {
        _inOrder = false;
        foreach (var band in ready.Bands)
        {
            for (var i = 0L; band?.Window.ElementAt(i) is { } message; i++)
            {
                if (message.State == MessageState.Ready)
                {
                    Watch(message);
                }
            }
        }
    }

    private static bool StaysWatched(QueuedMessage message) => message.Watched = message.State == MessageState.Ready;

    private bool IsInOrder(QueuedMessage message) =>
        _inOrder && !message.IsImmediate && settings.Value.MessageTtl is { } ttl && message.ExpiresAt == message.EnqueuedAt + ttl;

    private static QueuedMessage? FirstInOrder(Band band)
    {
        if (band.InMemory == 0 || band.Peek() is not { } first)
        {
            return null;
        }

        // Those that wait for a delivery at once are few, and have no part in the order of deadlines.
        for (var i = 0L; first is { IsImmediate: true } or { State: not MessageState.Ready }; i++)
        {
            if (band.Window.ElementAt(i) is not { } next)
            {
                return null;
            }

            first = next;
        }

        return first;
    }

    private void EndImmediate(bool claimed, long now)
    {
        var kept = 0;
        for (var i = 0; i < _immediate.Count; i++)
        {
            var message = _immediate[i];
            message.Watched = message.State == MessageState.Ready && claimed;
            if (message.Watched)
            {
                _immediate[kept++] = message;
            }
            else if (message.State == MessageState.Ready)
            {
                exits.DieReady(message, DropReason.Expired, now);
            }
        }

        _immediate.RemoveRange(kept, _immediate.Count - kept);
    }
}
