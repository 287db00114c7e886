using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;

namespace OrleansBroker.Grains.Tracing;

/// <summary>Publishes the firehose's copies, in their order. Nobody waits for what becomes of them.</summary>
internal sealed partial class FirehosePublisher(Firehose firehose, IPublisher publisher, ILogger<FirehosePublisher> log) : BackgroundService
{
    private const int MostMessages = 256;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var messages = new List<BrokerMessage>();
        while (await firehose.Copies.WaitToReadAsync(stoppingToken))
        {
            string? virtualHost = null;
            while (messages.Count < MostMessages && firehose.Copies.TryPeek(out var copy) && (virtualHost ??= copy.VirtualHost) == copy.VirtualHost)
            {
                firehose.Copies.TryRead(out copy);
                firehose.Taken(copy);
                messages.Add(copy.Message);
            }

            await PublishAsync(virtualHost!, messages, stoppingToken);
            messages.Clear();
        }
    }

    private async Task PublishAsync(string virtualHost, List<BrokerMessage> messages, CancellationToken stoppingToken)
    {
        try
        {
            // As the broker's own, which may use the internal exchange, and of which no copies are made. It waits for room in the links.
            await publisher.PublishAsync(new PublishBatch { VirtualHost = virtualHost, Messages = new MessageBatch(messages.ToArray()), DeadLetter = true }, stoppingToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogLost(log, failure, messages.Count, virtualHost);
        }
    }

    [LoggerMessage(3001, LogLevel.Warning, "{Count} traced copies of virtual host {VirtualHost} could not be published.")]
    private static partial void LogLost(ILogger logger, Exception failure, int count, string virtualHost);
}
