using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Publishing;

/// <summary>Log events of publishing, 2100 to 2199.</summary>
internal sealed partial class PublishingLog(ILogger<PublishingLog> logger)
{
    [LoggerMessage(2100, LogLevel.Warning, "Enqueue of batch {Number} ({Count} messages) to {Queue} ended without an answer; it is sent again")]
    public partial void EnqueueUnknown(Exception exception, QueueId queue, long number, int count);

    [LoggerMessage(2101, LogLevel.Warning, "Publishing {Count} messages to stream '{Stream}' failed; they are sent again")]
    public partial void StreamUnknown(Exception exception, string stream, int count);

    [LoggerMessage(2102, LogLevel.Information, "{Count} replies to {Address} may be lost: the silo of their receiver did not answer")]
    public partial void ReplyLost(Exception exception, string address, int count);
}
