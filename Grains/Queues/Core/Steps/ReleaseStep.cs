using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>
/// Release: writes down all that only memory knows, so that the next owner goes on where this one stops. What is with consumers or
/// on its way to a dead-letter exchange is the next owner's again.
/// </summary>
internal sealed class ReleaseStep(ReadyList ready, Arrivals arrivals, WriteGathering writes, DeliveredMark mark)
{
    /// <summary>Completes the pending write; returns the mark that it carries.</summary>
    public long Run()
    {
        var suspects = false;
        foreach (var band in ready.Bands)
        {
            for (var i = 0L; band?.Window.ElementAt(i) is { } message; i++)
            {
                if (message.State != MessageState.Gone)
                {
                    Keep(message);
                }
            }

            suspects |= band is { Paged: > 0 } && band.PagedFirst <= mark.SuspectUpTo;
        }

        foreach (var message in arrivals.Waiting)
        {
            Keep(message);
        }

        // Marks are written one by one here, but for messages of an owner that crashed which were never read since.
        return suspects ? mark.SuspectUpTo : 0;
    }

    private void Keep(QueuedMessage message)
    {
        message.Redelivered |= message.State == MessageState.Unacked;
        if (!message.Stored)
        {
            writes.Append(message);
        }
        else if (message.Redelivered)
        {
            writes.Return(message);
        }
    }
}
