using OrleansBroker.Amqp;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Replies;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>Publishes a channel's groups, one after another, and numbers what is to be confirmed.</summary>
internal sealed class ChannelPublishing(ChannelScope scope, Action<AmqpError> fail)
{
    private readonly PublishChecks _checks = new(scope);
    private readonly Receipts _receipts = new(scope.Output, scope.Client.VirtualHost, scope.Counters, fail, scope.Ended);
    private readonly List<(PublishGroup Group, int Start, int Count)> _held = [];
    private ulong _next = 1;
    private long _heldBytes;

    /// <summary>Whether messages are confirmed.</summary>
    public bool Confirms { get; private set; }

    /// <summary>How many messages wait to be confirmed.</summary>
    public long Unconfirmed => Confirms ? (long)(_next - 1 - _receipts.Confirmed) : 0;

    /// <summary>What was published, by exchange; what is held counts already.</summary>
    public ExchangeTallies Published => _checks.Published;

    /// <summary>Whether messages are held until commit.</summary>
    public bool IsTransactional { get; private set; }

    /// <summary>From the next message on all are confirmed, counted from 1.</summary>
    public void SelectConfirms()
    {
        if (IsTransactional)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "cannot switch from tx to confirm mode");
        }

        Confirms = true;
    }

    /// <summary>From the next message on all are held until commit.</summary>
    public void SelectTransactions()
    {
        if (Confirms)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "cannot switch from confirm to tx mode");
        }

        IsTransactional = true;
    }

    /// <summary>An exchange was deleted by this channel.</summary>
    public void ForgetExchanges() => _checks.Forget();

    /// <summary>Publishes a group; completes when the next may follow.</summary>
    /// <exception cref="BrokerException">A message is refused; those before it stand.</exception>
    public ValueTask PublishAsync(PublishGroup group)
    {
        var plain = _checks.SkipPlain(group, 0);
        return plain == group.Count ? HandOverAsync(group, 0, plain) : CheckAndHandOverAsync(group, plain);
    }

    /// <summary>Completes when all messages so far are where they were routed to, and their confirms are written.</summary>
    public Task DrainAsync() => _receipts.DrainAsync();

    /// <summary>Publishes what is held; completes when it is safe.</summary>
    /// <exception cref="BrokerException">Some of it is not.</exception>
    public async Task CommitAsync()
    {
        var safe = true;
        try
        {
            foreach (var (group, start, count) in _held)
            {
                var receipt = await SendAsync(group, start, count);
                _receipts.Add(new Receipt(0, count, receipt.Confirmed, group, start));
                var result = await receipt.Confirmed.WaitAsync(scope.Ended);
                safe &= !result.Exceptions.Any(e => e.Outcome is PublishOutcome.Refused or PublishOutcome.Unknown);
            }
        }
        finally
        {
            Rollback();
        }

        await DrainAsync();
        if (!safe)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "partial tx completion");
        }
    }

    /// <summary>Forgets what is held.</summary>
    public void Rollback()
    {
        _held.Clear();
        scope.Memory.Hold(-_heldBytes);
        _heldBytes = 0;
    }

    private async ValueTask CheckAndHandOverAsync(PublishGroup group, int at)
    {
        BrokerException? refusal = null;
        var start = 0;
        while (at < group.Count)
        {
            try
            {
                await _checks.CheckAsync(group, at, scope.Ended);
            }
            catch (BrokerException e)
            {
                refusal = e;
                break;
            }

            if (IsReply(group[at]))
            {
                await HandOverAsync(group, start, at - start);
                await HandOverAsync(group, at, 1);
                start = at + 1;
            }

            at = _checks.SkipPlain(group, at + 1);
        }

        await HandOverAsync(group, start, at - start);

        if (refusal is not null)
        {
            // What was published before must be confirmed before the channel closes, for afterwards nothing is.
            await DrainAsync();
            throw refusal;
        }
    }

    private ValueTask HandOverAsync(PublishGroup group, int start, int count)
    {
        if (count == 0)
        {
            return default;
        }

        if (IsTransactional)
        {
            Hold(group, start, count);
            return default;
        }

        var handed = SendAsync(group, start, count);
        if (!handed.IsCompletedSuccessfully)
        {
            return FinishAsync(handed, group, start, count);
        }

        AddReceipt(handed.Result, group, start, count);
        return default;
    }

    private async ValueTask FinishAsync(ValueTask<PublishReceipt> handed, PublishGroup group, int start, int count) =>
        AddReceipt(await handed, group, start, count);

    private ValueTask<PublishReceipt> SendAsync(PublishGroup group, int start, int count)
    {
        scope.Counters.Add(MessageCount.Publish, count);
        scope.Broker.Telemetry.Received(group, start, count, Confirms);
        return count == 1 && IsReply(group[start])
            ? new ValueTask<PublishReceipt>(new PublishReceipt(ReplyAsync(group[start])))
            : scope.Broker.Publisher.PublishAsync(Batch(group, start, count), scope.Ended);
    }

    /// <summary>A reply goes to whoever waits for it, without a queue (row 2.36).</summary>
    private async Task<PublishResult> ReplyAsync(BrokerMessage reply) =>
        await scope.Broker.Replies.TrySendAsync(scope.Client.VirtualHost, reply)
            ? PublishResult.AllEnqueued
            : new PublishResult { Exceptions = [new PublishException(0, PublishOutcome.Unroutable)] };

    private static bool IsReply(BrokerMessage message) => message.Exchange.Length == 0 && ReplyAddress.Is(message.RoutingKey);

    private void AddReceipt(PublishReceipt receipt, PublishGroup group, int start, int count)
    {
        // The group is kept for what may come back, and for an error's text.
        _receipts.Add(new Receipt(Confirms ? _next : 0, count, receipt.Confirmed, group, start));
        if (Confirms)
        {
            _next += (ulong)count;
        }
    }

    private void Hold(PublishGroup group, int start, int count)
    {
        _heldBytes += group.Bytes;
        if (!scope.Memory.Hold(group.Bytes))
        {
            throw new BrokerException(
                ReplyCode.ResourceError,
                $"unfinished messages and transactions of the connection are larger than configured max size {scope.Memory.Connection.Limit}");
        }

        if (_heldBytes > scope.Broker.Options.MaxTransactionBytes)
        {
            throw new BrokerException(
                ReplyCode.ResourceError, $"transaction is larger than configured max size {scope.Broker.Options.MaxTransactionBytes}");
        }

        _held.Add((group, start, count));
    }

    private PublishBatch Batch(PublishGroup group, int start, int count) =>
        new()
        {
            VirtualHost = scope.Client.VirtualHost,
            Messages = group.Slice(start, count),
            By = scope.Broker.Firehose.IsOn(scope.Client.VirtualHost) ? scope.Identity.Subject : null,
        };
}
