using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;

namespace OrleansBroker.ClientLib.Publishing;

/// <summary>What the exceptional outcomes of a batch mean to those who published its messages.</summary>
internal static class PublishFailures
{
    /// <summary>Fails the calls whose messages had an exceptional outcome.</summary>
    public static void Apply(PublishResult result, List<PendingPublish> batch, string virtualHost)
    {
        var at = 0;
        var first = 0;
        foreach (var (index, outcome) in result.Exceptions)
        {
            while (index >= first + batch[at].Count)
            {
                first += batch[at++].Count;
            }

            var publish = batch[at];
            var message = publish.Single ?? publish.Batch.Span[index - first];
            if (ExceptionOf(outcome, message, publish.Mandatory, virtualHost) is { } failure)
            {
                publish.Fail(failure);
            }
        }
    }

    private static Exception? ExceptionOf(PublishOutcome outcome, BrokerMessage message, bool mandatory, string virtualHost) => outcome switch
    {
        PublishOutcome.Enqueued => null,
        PublishOutcome.Unroutable => mandatory ? new UnroutableException(message.Exchange, message.RoutingKey) : null,
        PublishOutcome.Refused => new PublishRefusedException(message.Exchange, message.RoutingKey),
        PublishOutcome.ExchangeNotFound =>
            new BrokerException(ReplyCode.NotFound, $"no exchange '{message.Exchange}' in vhost '{virtualHost}'"),
        PublishOutcome.ExchangeInternal =>
            new BrokerException(ReplyCode.AccessRefused, $"cannot publish to internal exchange '{message.Exchange}' in vhost '{virtualHost}'"),
        PublishOutcome.Forbidden =>
            new BrokerException(ReplyCode.AccessRefused, $"access to exchange '{message.Exchange}' in vhost '{virtualHost}' refused"),
        PublishOutcome.Malformed =>
            new BrokerException(ReplyCode.PreconditionFailed, "a property that the broker asks for is malformed, the user id is another one's, or the message is too large"),
        _ => new PublishUnknownException(
            $"It is not known whether the message to exchange '{message.Exchange}' under routing key '{message.RoutingKey}' was enqueued"),
    };
}
