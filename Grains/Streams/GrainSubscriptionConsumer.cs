using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Streams;

/// <summary>
/// A grain's durable subscription as the queue sees it: a consumer inside the queue's activation. It brings one batch at a time to the
/// grain, which activates it, and settles what the grain answers. A call that timed out is made again with the same batch: the grain's
/// side knows it and answers once. A grain that fails, or does not know the subscription, gets nothing for a while that doubles up to
/// <see cref="LongestPause"/>; meanwhile its messages are back in the queue for others.
/// </summary>
internal sealed partial class GrainSubscriptionConsumer(
    ConsumerId id,
    QueueId queue,
    IQueueGrain self,
    ISubscriber subscriber,
    int prefetch,
    TimeProvider time,
    ILogger logger) : IConsumer
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // Small enough that a grain which takes a while per message answers before its call times out.
    private const int MaxCall = 100;

    // What waits while a batch is with the grain; credit bounds it by the prefetch.
    private readonly Queue<DeliveryBatch> _waiting = new();
    private TimeSpan _pause = FirstPause;
    private long _settled;
    private bool _isRunning;
    private bool _isCancelled;

    public Task DeliverAsync(DeliveryBatch batch)
    {
        if (_isCancelled)
        {
            return Task.CompletedTask;
        }

        for (var first = 0; first < batch.Messages.Count; first += MaxCall)
        {
            _waiting.Enqueue(Part(batch, first, Math.Min(MaxCall, batch.Messages.Count - first)));
        }

        if (!_isRunning)
        {
            _isRunning = true;
            RunAsync().Ignore();
        }

        return Task.CompletedTask;
    }

    public Task CancelledAsync(CancelReason reason)
    {
        _isCancelled = true;
        _waiting.Clear();
        return Task.CompletedTask;
    }

    private static DeliveryBatch Part(DeliveryBatch batch, int first, int count) =>
        count == batch.Messages.Count
            ? batch
            : new DeliveryBatch
            {
                Consumer = batch.Consumer,
                Epoch = batch.Epoch,
                FirstDelivery = batch.FirstDelivery + first,
                Messages = new MessageBatch(batch.Messages.Messages.Slice(first, count)),
                Redelivered = batch.Redelivered?.Where(i => i >= first && i < first + count).Select(i => i - first).ToArray(),
            };

    private async Task RunAsync()
    {
        try
        {
            while (_waiting.TryDequeue(out var batch))
            {
                var settlements = await CallAsync(batch);
                if (settlements is not null)
                {
                    _pause = FirstPause;
                    await SettleAsync(batch, settlements);
                    continue;
                }

                await ReturnAsync(batch);
                await Task.Delay(_pause, time);
                _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
                await SendAsync(batch.Epoch, []);
            }
        }
        catch (Exception e)
        {
            // The queue is gone, or this activation of it: the next one attaches the subscription anew and delivers what is unsettled.
            LogEnded(logger, e, id.Host, queue);
            _isCancelled = true;
        }
        finally
        {
            _isRunning = false;
        }
    }

    /// <summary>The grain's settlements, or null where it cannot take the batch now.</summary>
    private async Task<Settlement[]?> CallAsync(DeliveryBatch batch)
    {
        while (!_isCancelled)
        {
            try
            {
                var settlements = await subscriber.ProcessAsync(queue, id.Host, batch);
                if (settlements is null)
                {
                    LogUnknown(logger, id.Host, queue);
                }

                return settlements?.Length == batch.Messages.Count ? settlements : null;
            }
            catch (TimeoutException e)
            {
                LogSlow(logger, e, id.Host, queue);
            }
            catch (Exception e)
            {
                LogFailed(logger, e, id.Host, queue, _pause);
                return null;
            }
        }

        return null;
    }

    private Task SettleAsync(DeliveryBatch batch, Settlement[] settlements)
    {
        var ranges = new List<SettleRange>();
        for (var i = 0; i < settlements.Length; i++)
        {
            var number = batch.FirstDelivery + i;
            if (ranges.Count > 0 && ranges[^1].How == settlements[i])
            {
                ranges[^1] = ranges[^1] with { Last = number };
            }
            else
            {
                ranges.Add(new SettleRange(id.Number, number, number, settlements[i]));
            }
        }

        _settled += settlements.Length;
        return SendAsync(batch.Epoch, [.. ranges]);
    }

    /// <summary>Returns the batch and what waits behind it, so that the order holds, without new credit: nothing comes until the pause is over.</summary>
    private async Task ReturnAsync(DeliveryBatch batch)
    {
        var last = batch.FirstDelivery + batch.Messages.Count - 1;
        while (_waiting.TryDequeue(out var next))
        {
            last = next.FirstDelivery + next.Messages.Count - 1;
        }

        await SendAsync(batch.Epoch, [new SettleRange(id.Number, batch.FirstDelivery, last, Settlement.Return)], grant: false);
        _settled += last - batch.FirstDelivery + 1;
    }

    /// <summary>Settles, again and again until it is answered: settling twice does no harm, and an unsettled message would stay with nobody.</summary>
    private async Task SendAsync(long epoch, SettleRange[] ranges, bool grant = true)
    {
        var batch = new SettleBatch
        {
            Host = id.Host,
            Epoch = epoch,
            Ranges = ranges,
            Credits = grant ? [new CreditGrant(id.Number, _settled + prefetch)] : [],
        };
        while (!_isCancelled)
        {
            try
            {
                if ((await self.SettleAsync(batch)).Epoch != epoch)
                {
                    _isCancelled = true;
                    _waiting.Clear();
                }

                return;
            }
            catch (Exception e) when (e is not BrokerException)
            {
                LogNotSettled(logger, e, id.Host, queue);
                await Task.Delay(FirstPause, time);
            }
        }
    }

    [LoggerMessage(2421, LogLevel.Debug, "The subscriber of {Subscription} on {Queue} is still at work on its batch")]
    private static partial void LogSlow(ILogger logger, Exception exception, Guid subscription, QueueId queue);

    [LoggerMessage(2422, LogLevel.Warning, "The subscriber of {Subscription} on {Queue} failed; it gets its messages again after {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid subscription, QueueId queue, TimeSpan pause);

    [LoggerMessage(2423, LogLevel.Warning, "The grain does not resume its subscription {Subscription} on {Queue}: it gets nothing until it does")]
    private static partial void LogUnknown(ILogger logger, Guid subscription, QueueId queue);

    [LoggerMessage(2425, LogLevel.Warning, "The messages of subscription {Subscription} on {Queue} could not be settled yet")]
    private static partial void LogNotSettled(ILogger logger, Exception exception, Guid subscription, QueueId queue);

    [LoggerMessage(2424, LogLevel.Debug, "The consumer of subscription {Subscription} on {Queue} ended")]
    private static partial void LogEnded(ILogger logger, Exception exception, Guid subscription, QueueId queue);
}
