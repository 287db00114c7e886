using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Paging;

/// <summary>Brings messages from the store to memory, one page at a time: the head before it runs dry, and what expired in the tail.</summary>
internal sealed class PageReader(
    QueueLimits limits,
    ReadyList ready,
    Arrivals arrivals,
    TakenFromTail taken,
    TailExpiry tail,
    MessageExpiry expiry,
    Exits exits,
    DeadLetterLine deadLetters,
    DeliveredMark mark,
    DropCounts drops)
{
    private PageRequest? _underWay;
    private bool _stale;

    public bool IsUnderWay => _underWay is not null;

    /// <summary>The page to read next; null where none is needed or one is under way.</summary>
    /// <param name="wanted">Whether somebody waits for the head: consumers, a get, or a limit that drops from it.</param>
    /// <param name="now">The time.</param>
    public PageRequest? Next(bool wanted, long now)
    {
        if (IsUnderWay || deadLetters.IsFull)
        {
            return null;
        }

        _stale = false;
        if (wanted && ready.Top is { Paged: > 0 } top && RunsLow(top))
        {
            return _underWay = new PageRequest(new MessageRange(top.Priority, top.PagedFirst, top.PagedLast), limits.PageMessages);
        }

        return tail.Due(now) is { Length: > 0 } due ? _underWay = new PageRequest(due) : null;
    }

    /// <summary>The paged tail of a band was cleared: a page of it that is still coming counts no more.</summary>
    public void Cleared(byte priority) => _stale |= _underWay?.Range.Priority == priority;

    /// <summary>A page came.</summary>
    public void Loaded(PageRequest request, IReadOnlyList<StoredMessage> messages, long now)
    {
        if (_underWay != request)
        {
            throw new InvalidOperationException($"the page {request} was not asked for");
        }

        _underWay = null;
        if (request.Named is { } due)
        {
            EndDue(due, messages, now);
        }
        else if (!_stale)
        {
            Bring(request, messages, now);
        }
    }

    private bool RunsLow(Band band)
    {
        if (band.InMemory == 0)
        {
            return true;
        }

        // Memory that lower bands fill does not starve a higher one: it may hold a page, and pushes the lower ones out.
        var isShort = ready.InMemory >= limits.HeadMessages || ready.InMemoryBytes >= limits.HeadBytes;
        return isShort
            ? band.InMemory < limits.PageMessages / 2 && band.InMemory < ready.InMemory
            : band.InMemory < limits.HeadMessages / 2 && ready.InMemoryBytes < limits.HeadBytes / 2;
    }

    private void Bring(PageRequest request, IReadOnlyList<StoredMessage> messages, long now)
    {
        var band = ready[request.Range.Priority];
        if (messages.Count == 0)
        {
            Lost(band);
            return;
        }

        foreach (var stored in messages)
        {
            if (!tail.IsPaged(stored.Position))
            {
                continue;
            }

            var message = QueuedMessage.FromStored(stored, stored.Position.Sequence <= mark.SuspectUpTo);
            ready.Unpage(message);
            if (message.ExpiresAt <= now)
            {
                exits.DieReady(message, DropReason.Expired, now);
            }
            else
            {
                expiry.Watch(message);
            }
        }

        band.SkipTo(messages[^1].Position.Sequence + 1);
        while (ready.PageBelow(request.Range.Priority, limits, arrivals, taken) is { } paged)
        {
            tail.Paged(paged);
        }
    }

    // The range had messages by our count and the store has none: what is counted can never come.
    private void Lost(Band band)
    {
        drops.Add(DropReason.Missing, deadLettered: false, band.Paged);
        ready.ClearTail(band);
    }

    // The store may stop before the last: what was named behind the last that came is looked for again, unless nothing came at all.
    private void EndDue(ExpiringMessage[] due, IReadOnlyList<StoredMessage> messages, long now)
    {
        var at = 0;
        foreach (var named in due)
        {
            if (at == messages.Count && at > 0)
            {
                break;
            }

            tail.Read(named);
            if (at == messages.Count || messages[at].Position != named.Position)
            {
                continue;
            }

            var stored = messages[at++];
            if (tail.IsPaged(stored.Position))
            {
                EndInTurn(stored, now);
            }
        }
    }

    private void EndInTurn(StoredMessage stored, long now)
    {
        if (tail.InOrder)
        {
            expiry.EndDue(stored.ExpiresAt ?? now, now);
        }

        End(stored, now);
    }

    private void End(StoredMessage stored, long now)
    {
        var message = QueuedMessage.FromStored(stored, stored.Position.Sequence <= mark.SuspectUpTo, fromTail: true);
        taken.Add(message);
        ready.TakeFromTail(message);
        exits.Die(message, DropReason.Expired, now);
    }
}
