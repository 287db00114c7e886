using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Queues.Core.Steps;

namespace OrleansBroker.Grains.Queues.Live;

/// <summary>Looks at the ready messages of a queue without taking them. What the store has to be asked for may have left meanwhile.</summary>
internal sealed class QueueBrowser(QueueCore core, long incarnation, QueueContext context)
{
    // What one answer carries at most, the last message beyond it: a page shows it all at once.
    private const long MaxOctets = 4 * 1024 * 1024;

    public async Task<PeekReply> PeekAsync(int most)
    {
        var ready = core.ReadyCount;
        var shown = new List<PeekedMessage>();
        var octets = 0L;
        foreach (var part in core.Peeking.Run(most, context.Now))
        {
            foreach (var message in (await WholeAsync(part, most - shown.Count)).TakeWhile(_ => shown.Count < most && octets < MaxOctets))
            {
                shown.Add(message);
                octets += message.Message.Size;
            }
        }

        return new PeekReply
        {
            Messages = new MessageBatch(shown.Select(static message => message.Message).ToArray()),
            Redelivered = [.. shown.Index().Where(static entry => entry.Item.Redelivered).Select(static entry => entry.Index)],
            Ready = ready,
        };
    }

    private async Task<IEnumerable<PeekedMessage>> WholeAsync(PeekPart part, int most)
    {
        if (part.Paged is not { } range || part.InMemory.Count >= most)
        {
            return part.InMemory;
        }

        var stored = await context.Store.ReadAsync(incarnation, range, most - part.InMemory.Count, CancellationToken.None);
        return part.InMemory.Concat(core.Peeking.Read(stored, context.Now));
    }
}
