using System.Collections.Concurrent;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>
/// What publishers of this silo sent to exchanges, and what of it went to which queue. There are bounds: exchanges that rest make room
/// for others, and of an exchange with very many queues only the first ones are counted one by one.
/// </summary>
internal sealed class ExchangeCounters
{
    private const int MostExchanges = 10_000;

    private readonly ConcurrentDictionary<ExchangeId, ExchangeCounter> _exchanges = new();

    /// <summary>An exchange's counter; null where there are too many.</summary>
    public ExchangeCounter? Find(ExchangeId exchange)
    {
        if (_exchanges.TryGetValue(exchange, out var counter))
        {
            return counter;
        }

        return _exchanges.Count < MostExchanges ? _exchanges.GetOrAdd(exchange, static id => new ExchangeCounter(id)) : null;
    }

    /// <summary>Takes the rates since the last sample, and when there is hardly room forgets exchanges that rest.</summary>
    public void Sample(double seconds)
    {
        var isCrowded = _exchanges.Count > MostExchanges / 2;
        foreach (var (id, counter) in _exchanges)
        {
            if (!counter.Sample(seconds) && isCrowded && _exchanges.TryRemove(new(id, counter)))
            {
                counter.IsGone = true;
            }
        }
    }

    /// <summary>Figures of exchanges, of those that have any.</summary>
    public ExchangeFigures[] Read(IEnumerable<ExchangeId> exchanges) =>
        [.. exchanges.Select(id => _exchanges.GetValueOrDefault(id)?.Read()).OfType<ExchangeFigures>()];

    /// <summary>All that was counted of exchanges.</summary>
    public ExchangeFigures[] ReadAll() => [.. _exchanges.Values.Select(static counter => counter.Read())];

    /// <summary>All that exchanges brought to queues.</summary>
    public RouteFigures[] ReadAllRoutes() => [.. _exchanges.Values.SelectMany(static counter => counter.ReadRoutes())];

    /// <summary>What an exchange brought to queues.</summary>
    public RouteFigures[] ReadRoutes(ExchangeId exchange) => _exchanges.TryGetValue(exchange, out var counter) ? [.. counter.ReadRoutes()] : [];

    /// <summary>What exchanges brought to a queue.</summary>
    public RouteFigures[] ReadRoutes(QueueId queue) =>
        [.. _exchanges.Values.Where(counter => counter.Exchange.VirtualHost == queue.VirtualHost).Select(counter => counter.ReadRoute(queue.Name)).OfType<RouteFigures>()];
}

/// <summary>What was published to one exchange on this silo.</summary>
internal sealed class ExchangeCounter(ExchangeId exchange)
{
    private const int MostQueues = 1_000;

    private readonly RatedCounter _in = new();
    private readonly RatedCounter _out = new();
    private readonly ConcurrentDictionary<string, RatedCounter> _queues = new(StringComparer.Ordinal);

    public ExchangeId Exchange { get; } = exchange;

    /// <summary>It was forgotten, and whoever counts has to find another one.</summary>
    public bool IsGone { get; set; }

    /// <summary>The counter of one queue; null where there are too many.</summary>
    public RatedCounter? Of(string queue) =>
        _queues.TryGetValue(queue, out var counter) ? counter
        : _queues.Count < MostQueues ? _queues.GetOrAdd(queue, static _ => new RatedCounter())
        : null;

    /// <summary>Counts messages that were published to it and had so many destinations each.</summary>
    public void Routed(int messages, int destinations)
    {
        _in.Add(messages);
        if (destinations > 0)
        {
            _out.Add((long)messages * destinations);
        }
    }

    public bool Sample(double seconds)
    {
        var changed = _in.Sample(seconds);
        _out.Sample(seconds);
        foreach (var queue in _queues.Values)
        {
            queue.Sample(seconds);
        }

        return changed;
    }

    public ExchangeFigures Read() => new() { Id = Exchange, In = _in.Read(), Out = _out.Read() };

    public IEnumerable<RouteFigures> ReadRoutes() => _queues.Select(entry => Figures(entry.Key, entry.Value));

    public RouteFigures? ReadRoute(string queue) => _queues.TryGetValue(queue, out var counter) ? Figures(queue, counter) : null;

    private RouteFigures Figures(string queue, RatedCounter counter) => new() { Exchange = Exchange, Queue = queue, Count = counter.Read() };
}

/// <summary>The counters that one route adds to.</summary>
internal sealed class RouteCounter
{
    private readonly RatedCounter?[] _queues;

    public RouteCounter(ExchangeCounter exchange, ReadOnlySpan<Destination> destinations)
    {
        Exchange = exchange;
        _queues = new RatedCounter?[destinations.Length];
        for (var i = 0; i < destinations.Length; i++)
        {
            _queues[i] = destinations[i].Kind == DestinationKind.Queue ? exchange.Of(destinations[i].Name) : null;
        }
    }

    public ExchangeCounter Exchange { get; }

    public void Routed(int messages)
    {
        Exchange.Routed(messages, _queues.Length);
        foreach (var queue in _queues)
        {
            queue?.Add(messages);
        }
    }
}
