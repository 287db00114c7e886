using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Reports;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Balance;

/// <summary>
/// Gives away queues while this silo carries more than its share, and lets a queue go to those who use it where that costs the balance
/// nothing. Every silo decides for itself alone, from figures that it asks for at that moment; nothing has to be agreed on.
/// </summary>
internal sealed partial class QueueBalancer(
    ClusterLoad load,
    ClusterActivity cluster,
    BrokerTelemetry telemetry,
    ILocalSiloDetails self,
    QueueMover mover,
    IOptions<BalanceOptions> options,
    TimeProvider time,
    ILogger<QueueBalancer> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = options.Value.Interval;
        if (interval == TimeSpan.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunRoundAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // A silo died meanwhile, or the database is away: nothing is lost by a round.
                LogRoundFailed(log, failure);
            }
        }
    }

    private async Task RunRoundAsync(CancellationToken stoppingToken)
    {
        // While a silo does not answer its share is not known, and it may be about to die: then its queues come by themselves.
        if (load.IsLeaving || await cluster.ReadLoadsAsync(stoppingToken) is not { Count: > 0 } loads)
        {
            return;
        }

        var settings = options.Value;
        var others = loads.ToImmutableDictionary(static other => other.Key, other => other.Value.Weight(settings));
        load.Learn(others);
        var moves = Choose(new BalancePlan(load.Own().Weight(settings), others, settings.Tolerance));
        var started = time.GetTimestamp();
        var moved = 0;
        await Parallel.ForEachAsync(moves, new ParallelOptions { MaxDegreeOfParallelism = settings.AtOnce, CancellationToken = stoppingToken }, async (move, _) =>
        {
            // Beyond that the figures are of yesterday.
            if (time.GetElapsedTime(started) < settings.Interval && await mover.MoveAsync(move.Queue, move.Silo))
            {
                Interlocked.Increment(ref moved);
            }
        });
        if (moves.Count > 0)
        {
            LogMoved(log, moved, moves.Count, time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private List<Move> Choose(BalancePlan plan)
    {
        var settings = options.Value;
        var candidates = telemetry.Queues.Active.Where(queue => queue.MayMove(time, settings.Rest)).ToList();
        var moves = new List<Move>();
        var gifts = plan.Gifts();
        foreach (var gift in gifts)
        {
            var left = gift.Weight;
            // Those whose users are there, then those whose users are elsewhere, then those that are used from here.
            foreach (var queue in candidates.OrderBy(queue => Distance(queue, gift.Silo)).ToList())
            {
                var weight = queue.Weight(settings.MessagesPerQueue);

                // The last one may be too much by less than half of it.
                if (weight / 2 <= left)
                {
                    left -= weight;
                    moves.Add(new Move(queue, gift.Silo));
                    candidates.Remove(queue);
                }

                if (left < 0.5)
                {
                    break;
                }
            }
        }

        return gifts.Count > 0 ? moves : [.. Homecomings(plan, candidates).Take(settings.AtOnce)];
    }

    private IEnumerable<Move> Homecomings(BalancePlan plan, List<QueueGauge> candidates) =>
        from queue in candidates
        let home = queue.Home
        where home is not null && !home.Equals(self.SiloAddress) && plan.IsFree(home, queue.Weight(options.Value.MessagesPerQueue))
        orderby queue.Rate descending
        select new Move(queue, home);

    private int Distance(QueueGauge queue, SiloAddress silo) => queue.Home switch
    {
        null => 1,
        var home when home.Equals(silo) => 0,
        var home when home.Equals(self.SiloAddress) => 3,
        _ => 2,
    };

    [LoggerMessage(2950, LogLevel.Information, "Moved {Moved} of {Chosen} queues to silos that carry less, in {Milliseconds:0} ms")]
    private static partial void LogMoved(ILogger logger, int moved, int chosen, double milliseconds);

    [LoggerMessage(2953, LogLevel.Information, "The loads of the silos could not be compared; it is tried again")]
    private static partial void LogRoundFailed(ILogger logger, Exception failure);

    private readonly record struct Move(QueueGauge Queue, SiloAddress Silo);
}
