using OrleansBroker.Amqp;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing.Matching;

namespace OrleansBroker.Grains.Routing;

/// <summary>
/// The second verb, Route: from exchange, key and headers to the destinations. A walk from the exchange that was published to
/// through bindings between exchanges and through alternate exchanges, each exchange once.
/// </summary>
internal static class MessageRouter
{
    /// <summary>
    /// Routes the message. False where a table is not loaded: <see cref="RouteResult.MissingTable"/> names it, the caller loads it
    /// and routes again.
    /// </summary>
    /// <param name="source">The silo's tables.</param>
    /// <param name="virtualHost">The virtual host.</param>
    /// <param name="message">The message.</param>
    /// <param name="deadLetter">Whether it is a dead letter, for which internal exchanges are open.</param>
    /// <param name="result">Takes the route.</param>
    /// <param name="delayedBy">The exchange that delayed the message and now routes it; null: the message's own exchange routes it.</param>
    public static bool TryRoute(
        IRoutingTableSource source, string virtualHost, BrokerMessage message, bool deadLetter, RouteResult result, string? delayedBy = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(result);
        var walk = result.Start(message);
        try
        {
            var exchange = delayedBy ?? message.Exchange;
            return exchange.Length == 0
                ? RouteByDefault(walk, result)
                : RouteFromTables(new Origin(source, virtualHost, exchange, deadLetter || delayedBy is not null), walk, result);
        }
        catch (AmqpFormatException)
        {
            return result.Refuse(PublishOutcome.Malformed);
        }
    }

    /// <summary>Whether the message may have CC or BCC headers, which add to its routing key. Cheap; true now and then without need.</summary>
    public static bool MayNameFurtherKeys(BrokerMessage message) => FurtherKeys.MayBeIn(message);

    private static bool RouteByDefault(RouteWalk walk, RouteResult result)
    {
        walk.ReadKeys();
        walk.AddQueues();
        return result.Complete(cacheable: walk.FurtherKeyCount == 0);
    }

    private static bool RouteFromTables(Origin origin, RouteWalk walk, RouteResult result)
    {
        var first = new ExchangeId(origin.VirtualHost, origin.Exchange);
        if (!origin.Source.TryGetTable(first, out var table))
        {
            return result.Lack(first);
        }

        if (table is null)
        {
            return result.Refuse(PublishOutcome.ExchangeNotFound);
        }

        if (table.Exchange.Internal && !origin.IsBroker)
        {
            return result.Refuse(PublishOutcome.ExchangeInternal);
        }

        // The broker's own way through an internal exchange must not be cached: a client's message may not take it.
        walk.ReadKeys();
        walk.Add(table.Self);
        var cacheable = walk.FurtherKeyCount == 0 && !table.Exchange.Internal;
        return Follow(origin, table, walk, ref cacheable, out var missing) ? result.Complete(cacheable) : result.Lack(missing);
    }

    private static bool Follow(Origin origin, RoutingTable first, RouteWalk walk, ref bool cacheable, out ExchangeId missing)
    {
        missing = default;
        RoutingTable? table = first;
        for (var at = 1; ; at++)
        {
            // An exchange that a binding or an alternate names may be missing: it is passed over.
            if (table is not null)
            {
                cacheable &= (table.Matcher.Inputs & RoutingInputs.Content) == 0;
                walk.Match(table);
            }

            if (at == walk.Exchanges.Count)
            {
                return true;
            }

            var next = new ExchangeId(origin.VirtualHost, walk.Exchanges.Items[at].Name);
            if (next.Name.Length == 0)
            {
                // Only as an alternate: nothing can be bound to the default exchange.
                table = null;
                walk.AddQueues();
            }
            else if (!origin.Source.TryGetTable(next, out table))
            {
                missing = next;
                return false;
            }
        }
    }

    private readonly record struct Origin(IRoutingTableSource Source, string VirtualHost, string Exchange, bool IsBroker);
}
