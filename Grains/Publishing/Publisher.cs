using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Grains.Tracing;

namespace OrleansBroker.Grains.Publishing;

/// <summary>
/// Publishes for all connections of this silo: routes each message by the silo's coherent tables and hands it to the links of its
/// destinations. Runs of messages with one route go to a link as one slice, so that the usual batch costs one look-up and one lock.
/// </summary>
internal sealed class Publisher(IRoutingTables tables, Links links, RouteCache cache, BrokerTelemetry telemetry, Firehose firehose)
    : IPublisher, IDisposable
{
    // Routing is never awaited while its result is in use: one per thread is enough.
    private readonly ThreadLocal<RouteResult> _results = new(static () => new RouteResult());

    public void Dispose() => _results.Dispose();

    public ValueTask<PublishReceipt> PublishAsync(PublishBatch batch, CancellationToken cancellationToken = default)
    {
        using var activity = telemetry.Start("publish", batch.VirtualHost, batch.Messages.Messages.Span);
        var completion = new PublishCompletion(batch.Messages.Count, telemetry) { Trace = activity is null ? null : ExecutionContext.Capture() };
        telemetry.Published(batch.Messages.Count);
        if (batch is { DeadLetter: false, DelayedBy: null })
        {
            telemetry.Flow.Received(batch.Messages.Count);
        }

        if (tables.IsCurrent)
        {
            Task? room = null;
            var at = Hand(batch, 0, completion, ref room, out var missing);
            if (missing is null && at == batch.Messages.Count && room is null)
            {
                completion.Done();
                return new(new PublishReceipt(completion.Task));
            }

            return FinishAsync(batch, at, missing, room, completion, cancellationToken);
        }

        return FinishAsync(batch, 0, null, null, completion, cancellationToken);
    }

    /// <summary>The rest of a batch that has to wait: for a table, for the silo's lease, or for room in a link.</summary>
    private async ValueTask<PublishReceipt> FinishAsync(
        PublishBatch batch, int at, ExchangeId? missing, Task? room, PublishCompletion completion, CancellationToken cancellationToken)
    {
        try
        {
            while (at < batch.Messages.Count)
            {
                await tables.EnsureCurrentAsync(cancellationToken).ConfigureAwait(false);
                if (missing is { } exchange)
                {
                    await tables.GetTableAsync(exchange, cancellationToken).ConfigureAwait(false);
                }

                at = Hand(batch, at, completion, ref room, out missing);
            }
        }
        catch (Exception) when (at > 0)
        {
            // What was handed over goes its way; the rest was not published, which its publisher must learn.
            completion.Unknown(at, batch.Messages.Count - at);
        }

        if (room is not null)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        completion.Done();
        return new PublishReceipt(completion.Task);
    }

    /// <summary>Hands messages over from <paramref name="at"/> on; stops where a table is missing. Returns how far it came.</summary>
    private int Hand(PublishBatch batch, int at, PublishCompletion completion, ref Task? room, out ExchangeId? missing)
    {
        using var activity = telemetry.Start("route", batch.VirtualHost, batch.Messages.Messages.Span[at..]);
        var messages = batch.Messages.Messages;
        missing = null;
        if (batch.Queue is { } queue)
        {
            HandTo(queue, batch, at, completion, ref room);
            return messages.Length;
        }

        while (at < messages.Length)
        {
            var first = messages.Span[at];
            var generation = tables.Generation;
            var route = batch.DeadLetter || batch.DelayedBy is not null ? null : cache.Find(batch.VirtualHost, first.Exchange, first.RoutingKey, generation);
            if (route is not null && IsPlain(first))
            {
                var run = RunLength(messages.Span[at..], out var bytes);
                HandRun(batch, route, messages.Slice(at, run), bytes, at, completion, ref room);
                at += run;
                continue;
            }

            if (!HasValidExpiration(first))
            {
                completion.Except(at++, PublishOutcome.Malformed);
                continue;
            }

            var result = _results.Value!;
            if (!MessageRouter.TryRoute(tables, batch.VirtualHost, first, batch.DeadLetter, result, batch.DelayedBy))
            {
                missing = result.MissingTable;
                return at;
            }

            route = Resolve(batch, result, generation);
            if (result.Cacheable && batch is { DeadLetter: false, DelayedBy: null })
            {
                cache.Keep(batch.VirtualHost, first.Exchange, first.RoutingKey, route);
            }

            HandRun(batch, route, Single(messages, at, result.Message), first.Size, at, completion, ref room);
            at++;
        }

        return at;
    }

    /// <summary>What is moved is not routed: each message keeps the exchange and key that brought it to its first queue.</summary>
    private void HandTo(string queue, PublishBatch batch, int at, PublishCompletion completion, ref Task? room)
    {
        var destination = new Destination(DestinationKind.Queue, queue);
        var route = new CachedRoute
        {
            Generation = tables.Generation,
            Outcome = PublishOutcome.Enqueued,
            Destinations = [destination],
            Links = [links.Get(batch.VirtualHost, destination)],
        };
        var moved = batch.Messages.Messages[at..];
        var bytes = 0;
        foreach (var message in moved.Span)
        {
            bytes += message.Size;
        }

        HandRun(batch, route, moved, bytes, at, completion, ref room);
    }

    private static ReadOnlyMemory<BrokerMessage> Single(ReadOnlyMemory<BrokerMessage> messages, int at, BrokerMessage routed) =>
        ReferenceEquals(messages.Span[at], routed) ? messages.Slice(at, 1) : new[] { routed };

    /// <summary>An expiration may be malformed and headers may name further keys (CC, BCC): such messages are looked at one by one.</summary>
    private static bool IsPlain(BrokerMessage message) =>
        (BasicPropertiesReader.Flags(message.Properties.Span) & PropertyFlags.Expiration) == 0 && !MessageRouter.MayNameFurtherKeys(message);

    private static int RunLength(ReadOnlySpan<BrokerMessage> messages, out int bytes)
    {
        var first = messages[0];
        bytes = first.Size;
        var length = 1;
        for (; length < messages.Length; length++)
        {
            var next = messages[length];
            if (!string.Equals(next.RoutingKey, first.RoutingKey, StringComparison.Ordinal)
                || !string.Equals(next.Exchange, first.Exchange, StringComparison.Ordinal)
                || !IsPlain(next))
            {
                break;
            }

            bytes += next.Size;
        }

        return length;
    }

    private CachedRoute Resolve(PublishBatch batch, RouteResult result, long generation)
    {
        var outcome = result.Outcome;
        var destinations = outcome == PublishOutcome.Enqueued ? result.Destinations.ToArray() : [];
        if (batch.DeadLetter)
        {
            var message = result.Message;
            destinations = [.. destinations.Where(d => d.Kind != DestinationKind.Queue || !DeadLetterCycle.Blocks(message, d.Name))];
            outcome = outcome == PublishOutcome.Enqueued && destinations.Length == 0 ? PublishOutcome.Unroutable : outcome;
        }

        return new CachedRoute
        {
            Generation = generation,
            Outcome = outcome,
            Destinations = destinations,
            Links = [.. destinations.Select(d => links.Get(batch.VirtualHost, d))],
        };
    }

    private static bool HasValidExpiration(BrokerMessage message) =>
        BasicPropertiesReader.Expiration(message.Properties.Span) is not { } text
        || (text.Length is > 0 and <= 10 && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0);

    private void CountByExchange(string virtualHost, ReadOnlyMemory<BrokerMessage> run, CachedRoute route)
    {
        if (route.Counter is null or { Exchange.IsGone: true })
        {
            var exchange = telemetry.Exchanges.Find(new ExchangeId(virtualHost, run.Span[0].Exchange));
            route.Counter = exchange is null ? null : new RouteCounter(exchange, route.Destinations);
        }

        route.Counter?.Routed(run.Length);
    }

    private void HandRun(
        in PublishBatch batch, CachedRoute route, ReadOnlyMemory<BrokerMessage> run, int bytes, int firstIndex, PublishCompletion completion, ref Task? room)
    {
        telemetry.Routed(run.Length * route.Links.Length);
        if (batch is { DeadLetter: false, DelayedBy: null, Queue: null } && (route.Outcome is PublishOutcome.Enqueued or PublishOutcome.Unroutable))
        {
            CountByExchange(batch.VirtualHost, run, route);
            if (firehose.IsOn(batch.VirtualHost))
            {
                foreach (var message in run.Span)
                {
                    firehose.Published(batch.VirtualHost, message, batch.By, route.Destinations);
                }
            }
        }

        if (route.Outcome != PublishOutcome.Enqueued)
        {
            telemetry.Unroutable(run.Length);
            for (var i = 0; i < run.Length; i++)
            {
                completion.Except(firstIndex + i, route.Outcome);
            }

            return;
        }

        if (route.Links.Length > 1)
        {
            for (var i = 0; i < run.Length; i++)
            {
                completion.Expect(firstIndex + i, route.Links.Length);
            }
        }

        for (var i = 0; i < route.Links.Length; i++)
        {
            Task? wait;
            while (!route.Links[i].TryAdd(run, bytes, firstIndex, completion, out wait))
            {
                route.Links[i] = links.Replace(batch.VirtualHost, route.Destinations[i], route.Links[i]);
            }

            // Waiting for one of them is enough: each link is looked at again with the next batch.
            room ??= wait;
        }
    }
}
