using RabbitMQ.Client;

namespace OrleansBroker.FaultLab.Load.Topology;

/// <summary>The queues and exchanges of the load, and the ways through them. Which queue a message is for follows from how they are bound.</summary>
internal sealed class LabTopology
{
    /// <summary>The header that the headers exchange looks at.</summary>
    public const string KindHeader = "kind";

    private const string Fanout = "lab-fanout";
    private const string Topic = "lab-topic";
    private const string Headers = "lab-headers";

    private readonly List<Route> _routes = [];

    /// <summary>So many durable queues, so many that are consumed late, and one that is not durable where that is asked for.</summary>
    public LabTopology(int queues, int lateQueues, bool withTransient)
    {
        Durable = [.. Enumerable.Range(0, queues).Select(i => new LabQueue($"lab-{i}", Durable: true))];
        Transient = withTransient ? new LabQueue("lab-transient", Durable: false) : null;
        Consumed = Transient is null ? Durable : [.. Durable, Transient];
        Late = [.. Enumerable.Range(0, lateQueues).Select(i => new LabQueue($"lab-late-{i}", Durable: true, IsLate: true))];
        Queues = [.. Consumed, .. Late];
        // Half of the messages go straight to a queue.
        foreach (var queue in Queues)
        {
            _routes.Add(new Route { Exchange = "", RoutingKey = queue.Name, Queues = [queue] });
        }

        var (first, second, last) = (Durable[0], Durable[Math.Min(1, queues - 1)], Durable[^1]);
        _routes.Add(new Route { Exchange = Fanout, RoutingKey = "", Queues = Distinct(first, last) });
        _routes.Add(new Route { Exchange = Topic, RoutingKey = "lab.one", Queues = [last] });
        _routes.Add(new Route { Exchange = Topic, RoutingKey = "lab.two.x", Queues = Distinct(second, last) });
        _routes.Add(new Route { Exchange = Headers, RoutingKey = "", Kind = "a", Queues = Distinct(first, second) });
        _routes.Add(new Route { Exchange = Headers, RoutingKey = "", Kind = "b", Queues = [second] });
        Nowhere = new Route { Exchange = Topic, RoutingKey = "nowhere", Queues = [] };
    }

    /// <summary>All queues.</summary>
    public IReadOnlyList<LabQueue> Queues { get; }

    /// <summary>Those that are consumed all the time.</summary>
    public IReadOnlyList<LabQueue> Consumed { get; }

    /// <summary>Those that are consumed only when all is over.</summary>
    public IReadOnlyList<LabQueue> Late { get; }

    /// <summary>Those of the consumed ones that are durable.</summary>
    public IReadOnlyList<LabQueue> Durable { get; }

    /// <summary>The one that is not; null for none.</summary>
    public LabQueue? Transient { get; }

    /// <summary>A way into no queue.</summary>
    public Route Nowhere { get; }

    /// <summary>A way into one or more queues.</summary>
    public Route Draw(Random random) => _routes[random.Next(_routes.Count)];

    /// <summary>Declares all of it. What is there already stays.</summary>
    public async Task DeclareAsync(IChannel channel, CancellationToken cancellationToken)
    {
        foreach (var queue in Queues)
        {
            await DeclareAsync(channel, queue, cancellationToken);
        }

        await channel.ExchangeDeclareAsync(Fanout, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(Topic, ExchangeType.Topic, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(Headers, ExchangeType.Headers, durable: true, cancellationToken: cancellationToken);
        var (first, second, last) = (Durable[0].Name, Durable[Math.Min(1, Durable.Count - 1)].Name, Durable[^1].Name);
        await channel.QueueBindAsync(first, Fanout, "", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(last, Fanout, "", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(last, Topic, "lab.#", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(second, Topic, "*.two.*", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(first, Headers, "", Matching("a"), cancellationToken: cancellationToken);
        await channel.QueueBindAsync(second, Headers, "", Matching("a"), cancellationToken: cancellationToken);
        await channel.QueueBindAsync(second, Headers, "", Matching("b"), cancellationToken: cancellationToken);
    }

    /// <summary>Declares one queue.</summary>
    public static Task DeclareAsync(IChannel channel, LabQueue queue, CancellationToken cancellationToken) =>
        channel.QueueDeclareAsync(queue.Name, queue.Durable, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);

    private static Dictionary<string, object?> Matching(string kind) => new() { ["x-match"] = "all", [KindHeader] = kind };

    private static IReadOnlyList<LabQueue> Distinct(params LabQueue[] queues) => [.. queues.Distinct()];
}
