using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Clients;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load.Publishing;

/// <summary>A message as it is drawn.</summary>
internal sealed class PublishDraw
{
    private const int Small = 1024;
    private const int Middle = 8 * 1024;

    /// <summary>Its way.</summary>
    public required Route Route { get; init; }

    /// <summary>Its body.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Whether it is to outlive its silo.</summary>
    public required bool Persistent { get; init; }

    /// <summary>Whether it is to be returned where no queue wants it.</summary>
    public required bool Mandatory { get; init; }

    /// <summary>Draws one.</summary>
    public static PublishDraw Of(Random random, LoadScope scope)
    {
        var isForNobody = random.Next(50) == 0;
        var largest = random.Next(10) switch
        {
            < 5 => Small,
            < 9 => Middle,
            _ => scope.Plan.LargestBody,
        };
        return new PublishDraw
        {
            Route = isForNobody ? scope.Topology.Nowhere : scope.Topology.Draw(random),
            Body = MessageSeal.Body(random, random.Next(Math.Min(largest, scope.Plan.LargestBody) + 1)),
            Persistent = !scope.Plan.WithTransient || random.Next(8) > 0,
            Mandatory = isForNobody || random.Next(3) == 0,
        };
    }

    /// <summary>Writes into the history that it is about to be sent.</summary>
    public void Note(HistoryLog history, MessageName name)
    {
        var sent = HistoryEvent.Of(HistoryKind.Publishing, name);
        if (Route.Queues.Count == 0)
        {
            history.Add(sent);
        }

        foreach (var queue in Route.Queues)
        {
            history.Add(sent with { Queue = queue.Name, Transient = !Persistent || !queue.Durable });
        }
    }
}
