using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core.Consumers;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Paging;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>Commit: what gathered becomes a write with the state that holds after it; and the other way round, at the start.</summary>
internal sealed class CommitStep(
    long incarnation,
    long epoch,
    ReadyList ready,
    Arrivals arrivals,
    TakenFromTail taken,
    ConsumerRoster consumers,
    LinkHistory links,
    WriteGathering writes,
    DeliveredMark mark)
{
    private long _underWayUpTo;

    /// <summary>Takes over what the last owner left: all of it is ready, and only the store holds it.</summary>
    public void Recover(QueueState state, TailExpiry tail)
    {
        foreach (var band in state.Bands)
        {
            var tally = new MessageTally
            {
                Durable = band.Durable,
                DurableBytes = band.DurableBytes,
                Transient = band.Transient,
                TransientBytes = band.TransientBytes,
            };
            writes.Recover(band.Priority, tally);
            ready.Recover(band.Priority, tally, band.First, state.NextSequence - 1);
        }

        if (ready.Count > 0)
        {
            tail.Recover();
        }
    }

    /// <summary>Closes the pending write.</summary>
    public QueueWrite Take(out long number)
    {
        if (consumers.HasDemand)
        {
            mark.TakeAlong(ready.Count + arrivals.Count, arrivals.NextSequence - 1);
        }

        return Take(mark.TakeForWrite(), released: false, out number);
    }

    /// <summary>The write is committed; returns the number up to which no message waits for it any more.</summary>
    public long Done(long number)
    {
        writes.Committed(number);
        mark.Committed();
        return _underWayUpTo;
    }

    /// <summary>The last write, after which the next owner goes on.</summary>
    public QueueWrite Release(out long number) =>
        Take(new ReleaseStep(ready, arrivals, writes, mark).Run(), released: true, out number);

    private QueueWrite Take(long deliveredUpTo, bool released, out long number)
    {
        _underWayUpTo = arrivals.NextSequence - 1;
        number = writes.Number;
        return writes.Take(incarnation, epoch, new QueueState
        {
            NextSequence = arrivals.NextSequence,
            Bands = writes.Bands(Lowest),
            DeliveredUpTo = deliveredUpTo,
            Links = links.Snapshot(),
            Released = released,
        });
    }

    private long Lowest(byte priority)
    {
        var band = ready[priority];
        var lowest = Math.Min(arrivals.First, taken.LowerBound);
        lowest = band.Window.Oldest is { } oldest ? Math.Min(lowest, oldest.Sequence) : lowest;
        return band.Paged > 0 ? Math.Min(lowest, band.PagedFirst) : lowest;
    }
}
