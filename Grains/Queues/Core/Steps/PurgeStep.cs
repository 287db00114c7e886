using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Paging;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>Purge: drops what is ready, in memory and in the store, or was returned and waits to be. What is being committed, unacked or dead-lettered stays.</summary>
internal sealed class PurgeStep(
    ReadyList ready, TakenFromTail taken, WriteGathering writes, DeferredMessages deferred, Exits exits, PageReader pages,
    DropCounts drops)
{
    /// <summary>Returns how many messages that were.</summary>
    public long Run()
    {
        var count = ready.Count + deferred.Count;
        while (deferred.Take() is { } message)
        {
            exits.Settle(message);
        }

        foreach (var band in ready.Bands)
        {
            if (band is not null)
            {
                PurgeMemory(band);
                PurgeTail(band);
            }
        }

        drops.Add(DropReason.Purged, deadLettered: false, count);
        return count;
    }

    private void PurgeMemory(Band band)
    {
        while (band.Peek() is { } message)
        {
            ready.Leave(message, MessageState.Unacked);
            exits.Settle(message);
        }
    }

    private void PurgeTail(Band band)
    {
        if (band.Paged == 0)
        {
            return;
        }

        // Around what is being dead-lettered from the middle of the tail.
        var first = band.PagedFirst;
        foreach (var sequence in taken.Of(band.Priority))
        {
            writes.RemoveRange(band.Priority, first, Math.Min(sequence - 1, band.PagedLast));
            first = Math.Max(first, sequence + 1);
        }

        writes.RemoveRange(band.Priority, first, band.PagedLast);
        writes.Discount(band.Priority, ready.ClearTail(band));
        pages.Cleared(band.Priority);
    }
}
