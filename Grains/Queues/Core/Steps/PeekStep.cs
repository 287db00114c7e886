using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Writes;

namespace OrleansBroker.Grains.Queues.Core.Steps;

/// <summary>Looks at ready messages in the order in which they would be delivered. It changes nothing, not even what is lazily tidied.</summary>
internal sealed class PeekStep(ReadyList ready, TakenFromTail taken, DeliveredMark mark)
{
    /// <summary>The first ready messages: parts that are in memory, and parts that only the store holds.</summary>
    public List<PeekPart> Run(int most, long now)
    {
        var parts = new List<PeekPart>();
        for (var i = ready.Bands.Length - 1; i >= 0 && most > 0; i--)
        {
            if (ready.Bands[i] is not { } band)
            {
                continue;
            }

            var shown = band.FirstInMemory(most).Where(message => message.ExpiresAt > now)
                .Select(static message => new PeekedMessage(message.Message, message.Redelivered)).ToList();
            most -= shown.Count;
            var paged = band.Paged > 0 && most > 0 ? new MessageRange(band.Priority, band.PagedFirst, band.PagedLast) : (MessageRange?)null;
            parts.Add(new PeekPart(shown, paged));
            // More may be asked of the store than is there: the rest comes of the next priority.
            most -= (int)Math.Min(most, band.Paged);
        }

        return parts;
    }

    /// <summary>Messages of a paged part as they would come to memory.</summary>
    public IEnumerable<PeekedMessage> Read(IEnumerable<StoredMessage> stored, long now) => stored
        .Where(message => !taken.Contains(message.Position.Sequence) && (message.ExpiresAt is not { } expires || expires > now))
        .Select(message => new PeekedMessage(message.Message, message.Redelivered || message.Position.Sequence <= mark.SuspectUpTo));
}

/// <summary>Ready messages of one priority: those in memory, and where those lie that follow them in the store.</summary>
internal readonly record struct PeekPart(IReadOnlyList<PeekedMessage> InMemory, MessageRange? Paged);

/// <summary>A message that is looked at.</summary>
internal readonly record struct PeekedMessage(BrokerMessage Message, bool Redelivered);
