using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Queues;

/// <summary>Log events of queues, 2200 to 2299.</summary>
internal sealed partial class QueueLog(ILogger<QueueLog> logger)
{
    [LoggerMessage(2200, LogLevel.Debug, "Opened {Queue} at epoch {Epoch} with {Ready} messages")]
    public partial void Opened(QueueId queue, long epoch, long ready);

    [LoggerMessage(2201, LogLevel.Warning, "{Queue} was taken over by another activation; this one, of epoch {Epoch}, ends")]
    public partial void Fenced(QueueId queue, long epoch);

    [LoggerMessage(2202, LogLevel.Error, "{Queue} failed; it is opened again at its next use")]
    public partial void Failed(Exception exception, QueueId queue);

    [LoggerMessage(2203, LogLevel.Information, "Delivery of {Count} messages of {Queue} to consumer {Consumer} failed; they return to the queue")]
    public partial void DeliveryFailed(Exception exception, QueueId queue, ConsumerId consumer, int count);

    [LoggerMessage(2204, LogLevel.Information, "Deleted {Queue}: {Reason}")]
    public partial void Deleted(QueueId queue, string reason);

    [LoggerMessage(2205, LogLevel.Warning, "Could not let go of {Queue} in time: what was transient in it is lost")]
    public partial void ReleaseFailed(Exception exception, QueueId queue);

    [LoggerMessage(2206, LogLevel.Debug, "Consumer {Consumer} of {Queue} could not be told that it ended")]
    public partial void CancelFailed(Exception exception, QueueId queue, ConsumerId consumer);

    [LoggerMessage(2207, LogLevel.Warning, "{Count} dead letters of {Queue} could not be stored at their target; they are tried again")]
    public partial void DeadLettersFailed(Exception? exception, QueueId queue, int count);

    [LoggerMessage(2208, LogLevel.Warning, "The deadline of {Queue} could not be noted; it is tried again")]
    public partial void DeadlineFailed(Exception exception, QueueId queue);

    [LoggerMessage(2209, LogLevel.Critical, "{Queue}: the store had counted {Count} messages and does not have them")]
    public partial void MessagesMissing(QueueId queue, long count);
}
