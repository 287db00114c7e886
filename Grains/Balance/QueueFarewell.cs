using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Reports;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Balance;

/// <summary>
/// A silo that stops gives its queues to the others while it is still whole: each comes to rest first, so that no acknowledgement is under
/// way when it goes. What does not come to rest in time goes with the grains' end, and what was unacked of it is delivered again.
/// </summary>
internal sealed partial class QueueFarewell(
    ClusterLoad load, ClusterActivity cluster, BrokerTelemetry telemetry, QueueMover mover, TimeProvider time, ILogger<QueueFarewell> log)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private const int AtOnce = 16;

    // A grain that is just let go of takes a few milliseconds, and a stop has to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(QueueFarewell), ServiceLifecycleStage.Active, static _ => Task.CompletedTask, StopAsync);

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        load.IsLeaving = true;
        try
        {
            if (await cluster.ReadLoadsAsync(cancellationToken) is not { Count: > 0 } others)
            {
                return;
            }

            load.Learn(others.Select(static other => KeyValuePair.Create(other.Key, (double)other.Value.Queues)));
            SiloAddress[] silos = [.. others.Keys];
            var (started, moved, all) = (time.GetTimestamp(), 0, 0);
            await Parallel.ForEachAsync(
                telemetry.Queues.Active,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (queue, _) =>
                {
                    Interlocked.Increment(ref all);
                    if (time.GetElapsedTime(started) < Patience && await mover.MoveAsync(queue, load.Choose(silos)))
                    {
                        Interlocked.Increment(ref moved);
                    }
                });
            LogMoved(log, moved, all, time.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (Exception failure)
        {
            // The grains' end lets go of the rest.
            LogFailed(log, failure);
        }
    }

    [LoggerMessage(2960, LogLevel.Information, "Gave {Moved} of {All} queues to other silos before the end, in {Milliseconds:0} ms")]
    private static partial void LogMoved(ILogger logger, int moved, int all, double milliseconds);

    [LoggerMessage(2961, LogLevel.Information, "The silo's queues could not all be given to others before its end")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
