using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Departures;

/// <summary>The ways out of the queue: settled, or dead.</summary>
internal sealed class Exits(CurrentSettings settings, ReadyList ready, WriteGathering writes, DeadLetterLine deadLetters, DropCounts drops)
{
    /// <summary>A message that is not ready any more is done with.</summary>
    public void Settle(QueuedMessage message)
    {
        if (message.Stored)
        {
            writes.Remove(message);
        }

        ready.Forget(message);
    }

    /// <summary>A ready message dies.</summary>
    public void DieReady(QueuedMessage message, DropReason reason, long now)
    {
        ready.Leave(message, MessageState.DeadLettering);
        Die(message, reason, now);
    }

    /// <summary>A message that is not ready any more dies: it goes on to an exchange where the queue has one for that, else it is dropped.</summary>
    public void Die(QueuedMessage message, DropReason reason, long now)
    {
        if (settings.Value.DelayedExchange is null)
        {
            drops.Add(reason, settings.Value.Forwards);
        }

        if (settings.Value.Forwards)
        {
            message.State = MessageState.DeadLettering;
            deadLetters.Add(message, reason, now);
        }
        else
        {
            Settle(message);
        }
    }
}
