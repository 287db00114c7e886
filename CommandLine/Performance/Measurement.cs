using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Performance;

/// <summary>A second of a measurement, or all of it.</summary>
/// <param name="At">Seconds since the start, at its end.</param>
/// <param name="Length">Seconds that it lasted.</param>
/// <param name="Count">What was counted in it.</param>
/// <param name="Deliveries">From publish to delivery.</param>
/// <param name="Confirms">From publish to confirm.</param>
internal sealed record Interval(double At, double Length, Totals Count, LatencyHistogram Deliveries, LatencyHistogram Confirms);

/// <summary>Puts a load on the broker for a while and tells of each second.</summary>
internal sealed class Measurement(Target target, LoadOptions load, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Counters _counters = new(time);
    private readonly List<AmqpLink> _links = [];
    private readonly LatencyHistogram _deliveries = new();
    private readonly LatencyHistogram _confirms = new();
    private long _started;

    /// <summary>Runs the load and returns the sum of it.</summary>
    public async Task<Interval> RunAsync(Action<Interval> onSecond, CancellationToken cancellationToken)
    {
        for (var i = 0; i < load.Consumers; i++)
        {
            var channel = await (await LinkAsync(cancellationToken)).ChannelAsync(cancellationToken);
            await new ConsumingWorker(channel, load, _counters).StartAsync(cancellationToken);
        }

        var links = new List<AmqpLink>();
        for (var i = 0; i < load.Publishers; i++)
        {
            links.Add(await LinkAsync(cancellationToken));
        }

        _started = time.GetTimestamp();
        using var stop = new CancellationTokenSource(load.Duration, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        var publishing = Task.WhenAll(links.Select(link => Task.Run(() => new PublishingWorker(link, load, _counters, time).RunAsync(either.Token), CancellationToken.None)));
        await WatchAsync(onSecond, publishing, either.Token);
        await publishing;
        Drain();
        var length = time.GetElapsedTime(_started).TotalSeconds;
        return new Interval(length, length, _counters.Read(), _deliveries, _confirms);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }
    }

    private async Task WatchAsync(Action<Interval> onSecond, Task publishing, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Second, time);
        var (before, since) = (default(Totals), _started);
        try
        {
            // A load without publishers is one that drains a queue.
            while ((load.Publishers == 0 || !publishing.IsCompleted) && await timer.WaitForNextTickAsync(stop))
            {
                var (now, at) = (_counters.Read(), time.GetTimestamp());
                var (deliveries, confirms) = Drain();
                onSecond(new Interval(
                    time.GetElapsedTime(_started, at).TotalSeconds, time.GetElapsedTime(since, at).TotalSeconds, now - before, deliveries, confirms));
                (before, since) = (now, at);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is up.
        }
    }

    private (LatencyHistogram Deliveries, LatencyHistogram Confirms) Drain()
    {
        var (deliveries, confirms) = (new LatencyHistogram(), new LatencyHistogram());
        _counters.Deliveries.MoveTo(deliveries);
        _counters.Confirms.MoveTo(confirms);
        deliveries.CopyTo(_deliveries);
        confirms.CopyTo(_confirms);
        return (deliveries, confirms);
    }

    private async Task<AmqpLink> LinkAsync(CancellationToken cancellationToken)
    {
        var link = new AmqpLink(target);
        _links.Add(link);
        await link.OpenAsync(cancellationToken);
        return link;
    }
}
