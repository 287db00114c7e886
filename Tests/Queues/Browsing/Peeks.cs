using OrleansBroker.Grains.Queues.Core.Steps;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Browsing;

/// <summary>Peeks as the grain does: parts in memory as they are, the others read from the store.</summary>
internal static class Peeks
{
    public static List<PeekedMessage> Peek(this QueueWorkbench bench, int most)
    {
        var shown = new List<PeekedMessage>();
        foreach (var part in bench.Core.Peeking.Run(most, bench.Now))
        {
            shown.AddRange(part.InMemory);
            if (part.Paged is { } range && shown.Count < most)
            {
                shown.AddRange(bench.Core.Peeking.Read(bench.Store.Read(range, most - shown.Count), bench.Now));
            }
        }

        return [.. shown.Take(most)];
    }
}
