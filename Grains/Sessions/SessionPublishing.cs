using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Sessions;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Sessions;

/// <summary>
/// Publishes a session's batches: checks them, hands them to the silo's publisher and answers their fate. It remembers the last batch,
/// so that one that is sent again because its answer was lost is answered, not published twice.
/// </summary>
internal sealed class SessionPublishing(IPublisher publisher, ITopology topology, SessionAccess access, int maxMessageBytes)
{
    private long _number;
    private Task<PublishResult> _last = Task.FromResult(PublishResult.AllEnqueued);

    public Task<PublishResult> PublishAsync(PublishRequest request)
    {
        if (request.Number == _number)
        {
            return _last;
        }

        if (request.Number < _number)
        {
            // A straggler whose caller has had its answer from the repeat.
            return Task.FromResult(PublishResult.AllEnqueued);
        }

        _number = request.Number;
        return _last = CheckAndPublishAsync(request.Messages);
    }

    private async Task<PublishResult> CheckAndPublishAsync(MessageBatch batch)
    {
        List<PublishException>? refused = null;
        string? allowed = null;
        for (var i = 0; i < batch.Count; i++)
        {
            var message = batch.Messages.Span[i];
            var outcome = PublishOutcome.Enqueued;
            // The wire form lets messages of one route share their strings, so nearly always the reference decides.
            if (!ReferenceEquals(message.Exchange, allowed))
            {
                if (await access.MayPublishAsync(message.Exchange))
                {
                    allowed = message.Exchange;
                }
                else
                {
                    outcome = PublishOutcome.Forbidden;
                }
            }

            if (outcome == PublishOutcome.Enqueued && !await MayPublishUnderAsync(message))
            {
                outcome = PublishOutcome.Forbidden;
            }

            if (outcome == PublishOutcome.Enqueued && (message.Body.Length > maxMessageBytes || !await MayHaveUserIdAsync(message)))
            {
                outcome = PublishOutcome.Malformed;
            }

            if (outcome != PublishOutcome.Enqueued)
            {
                (refused ??= []).Add(new PublishException(i, outcome));
            }
        }

        return refused is null ? await ConfirmAsync(batch) : await PublishRestAsync(batch, refused);
    }

    private async Task<PublishResult> PublishRestAsync(MessageBatch batch, List<PublishException> refused)
    {
        var rest = new List<BrokerMessage>(batch.Count - refused.Count);
        var places = new List<int>(batch.Count - refused.Count);
        for (int i = 0, next = 0; i < batch.Count; i++)
        {
            if (next < refused.Count && refused[next].Index == i)
            {
                next++;
                continue;
            }

            rest.Add(batch.Messages.Span[i]);
            places.Add(i);
        }

        if (rest.Count > 0)
        {
            var result = await ConfirmAsync(new MessageBatch(rest.ToArray()));
            foreach (var exception in result.Exceptions)
            {
                refused.Add(exception with { Index = places[exception.Index] });
            }
        }

        return new PublishResult { Exceptions = [.. refused.OrderBy(e => e.Index)] };
    }

    private async Task<PublishResult> ConfirmAsync(MessageBatch batch)
    {
        var receipt = await publisher.PublishAsync(new PublishBatch { VirtualHost = access.VirtualHost, Messages = batch });
        return await receipt.Confirmed;
    }

    private async ValueTask<bool> MayPublishUnderAsync(BrokerMessage message)
    {
        try
        {
            return await access.MayPublishUnderAsync(topology, message);
        }
        catch (Exception refusal) when (refusal is AmqpFormatException or BrokerException { Code: ReplyCode.NotFound })
        {
            // The publisher says so in its own words.
            return true;
        }
    }

    /// <summary>Row 2.14: a user-id that is set must be the login's.</summary>
    private async ValueTask<bool> MayHaveUserIdAsync(BrokerMessage message)
    {
        if (access.IsTrusted || (BasicPropertiesReader.Flags(message.Properties.Span) & PropertyFlags.UserId) == 0)
        {
            return true;
        }

        try
        {
            return await access.MayNameAsync(BasicPropertiesReader.Read(message.Properties.Span).UserId);
        }
        catch (AmqpFormatException)
        {
            return false;
        }
    }
}
