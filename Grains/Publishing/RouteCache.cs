using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Publishing;

/// <summary>A route as it was found: where messages of one exchange and key go, or why they do not.</summary>
internal sealed class CachedRoute
{
    /// <summary>The generation of the routing tables that it was found under.</summary>
    public required long Generation { get; init; }
    /// <summary>Enqueued, or why nothing is.</summary>
    public required PublishOutcome Outcome { get; init; }
    /// <summary>The links, one per destination.</summary>
    public required Link[] Links { get; init; }
    /// <summary>The destinations, in the order of the links.</summary>
    public required Destination[] Destinations { get; init; }
    /// <summary>Where what goes this way is counted; null where it is not.</summary>
    public RouteCounter? Counter { get; set; }
}

/// <summary>
/// Routes by exchange and key, for exchanges that look at nothing else. An entry counts only under the generation of the tables it was
/// found under, so that a changed table empties the cache at once.
/// </summary>
internal sealed class RouteCache(IOptions<PublishingOptions> options)
{
    private readonly ConcurrentDictionary<(string VirtualHost, string Exchange, string RoutingKey), CachedRoute> _routes = new();
    private int _count;

    public CachedRoute? Find(string virtualHost, string exchange, string routingKey, long generation) =>
        _routes.TryGetValue((virtualHost, exchange, routingKey), out var route) && route.Generation == generation ? route : null;

    public void Keep(string virtualHost, string exchange, string routingKey, CachedRoute route)
    {
        // Counting ourselves: ConcurrentDictionary.Count takes all its locks.
        if (Interlocked.Increment(ref _count) > options.Value.CachedRoutes)
        {
            _routes.Clear();
            Interlocked.Exchange(ref _count, 1);
        }

        _routes[(virtualHost, exchange, routingKey)] = route;
    }
}
