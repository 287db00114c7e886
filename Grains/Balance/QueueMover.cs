using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Balance;

/// <summary>Has an open queue of this silo move to another one, and waits until it is open there.</summary>
internal sealed partial class QueueMover(IGrainFactory grains, TimeProvider time, ILogger<QueueMover> log)
{
    /// <summary>Moves a queue; false where it stayed, or went elsewhere.</summary>
    public async Task<bool> MoveAsync(QueueGauge gauge, SiloAddress silo)
    {
        var started = time.GetTimestamp();
        var queue = grains.GetGrain<IMovableQueue>(gauge.Queue.ToGrainKey());
        try
        {
            if (!await queue.MoveAsync(silo))
            {
                // Its consumers hold messages: later, perhaps.
                gauge.Settled(time);
                return false;
            }

            var found = await queue.LocateAsync();
            LogMoved(log, gauge.Queue, found, time.GetElapsedTime(started).TotalMilliseconds);
            return found.Equals(silo);
        }
        catch (Exception failure)
        {
            // Whatever became of it, the next call finds or opens it.
            LogFailed(log, failure, gauge.Queue, silo);
            return false;
        }
    }

    [LoggerMessage(2951, LogLevel.Debug, "{Queue} is open on {Silo}, {Milliseconds:0} ms after its move began")]
    private static partial void LogMoved(ILogger logger, QueueId queue, SiloAddress silo, double milliseconds);

    [LoggerMessage(2952, LogLevel.Information, "It is not known what became of the move of {Queue} to {Silo}")]
    private static partial void LogFailed(ILogger logger, Exception failure, QueueId queue, SiloAddress silo);
}
