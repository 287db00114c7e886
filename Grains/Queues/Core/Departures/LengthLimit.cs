using OrleansBroker.Grains.Queues.Core.Messages;

namespace OrleansBroker.Grains.Queues.Core.Departures;

/// <summary>
/// The most that may be ready, in messages and in octets of bodies. What consumers have asked for and get as soon as their last
/// delivery is through (the claim) does not count: it is as good as delivered.
/// </summary>
internal sealed class LengthLimit(CurrentSettings settings, ReadyList ready, Arrivals arrivals, Exits exits, DeadLetterLine deadLetters)
{
    public bool IsSet => settings.Value.MaxLength is not null || settings.Value.MaxLengthBytes is not null;

    /// <summary>Whether the queue refuses a message of this size.</summary>
    public bool Refuses(int bodySize, long claim)
    {
        var limits = settings.Value;
        var messages = ready.Count + arrivals.Count;
        return messages >= claim
            && (messages - claim >= limits.MaxLength || ready.Bytes + arrivals.Bytes + bodySize > limits.MaxLengthBytes);
    }

    /// <summary>
    /// Drops from the head, the highest priority first as RabbitMQ does, until the limit holds. False where the next to drop is not
    /// in memory.
    /// </summary>
    public bool DropHead(long claim, long now)
    {
        while (settings.Value.Overflow == OverflowMode.DropHead && IsOver(claim))
        {
            if (ready.Peek() is not { } message)
            {
                return deadLetters.IsFull;
            }

            exits.DieReady(message, DropReason.MaxLength, now);
        }

        return true;
    }

    private bool IsOver(long claim) =>
        ready.Count > claim && (ready.Count - claim > settings.Value.MaxLength || ready.Bytes > settings.Value.MaxLengthBytes);
}
