using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Transfers;

/// <summary>
/// Moves messages out of a queue: gets some, publishes them to where they go, and acknowledges those that were confirmed there. What was
/// not confirmed returns to its place, so that a message may be in both queues after a failure, and is never in neither.
/// </summary>
internal sealed class Transfer(IPublisher publisher, IGrainFactory grains, TimeProvider time, QueueId source, ITransferDestination destination)
{
    private const int BatchMessages = 100;
    private const long BatchOctets = 16 * 1024 * 1024;

    // What is held of messages that stay, and how long one request takes at most: a getter's lease is not renewed.
    private const long HeldOctets = 64 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IQueueGrain _queue = grains.GetGrain<IQueueGrain>(source.ToGrainKey());
    private readonly ConsumerId _getter = new(Guid.NewGuid(), 1);
    private readonly HashSet<DeliveryBatch> _unsettled = [];
    private int _moved;
    private int _skipped;
    private long _held;

    /// <summary>Moves so many messages at most.</summary>
    public async Task<TransferOutcome> RunAsync(int count, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        string? reason = null;
        try
        {
            while (reason is null && _moved + _skipped < count && _held < HeldOctets && time.GetElapsedTime(begun) < Patience)
            {
                var taken = await TakeAsync(Math.Min(BatchMessages, count - _moved - _skipped), cancellationToken);
                if (taken.Count == 0)
                {
                    break;
                }

                reason = await MoveAsync(taken, cancellationToken);
            }
        }
        finally
        {
            await ReturnAsync();
        }

        var status = await _queue.GetStatusAsync(null).WaitAsync(cancellationToken);
        return new TransferOutcome
        {
            Moved = _moved,
            Skipped = _skipped,
            SkippedReason = _skipped > 0 ? destination.SkippedReason : null,
            MessagesReady = status.Ready,
            Reason = reason,
        };
    }

    private async Task<List<DeliveryBatch>> TakeAsync(int count, CancellationToken cancellationToken)
    {
        var taken = new List<DeliveryBatch>();
        var octets = 0L;
        while (taken.Count < count && octets < BatchOctets)
        {
            var reply = await _queue.GetAsync(new GetRequest { Id = _getter }).WaitAsync(cancellationToken);
            if (reply.Delivery is not { } delivery)
            {
                break;
            }

            taken.Add(delivery);
            _unsettled.Add(delivery);
            octets += delivery.Messages.Messages.Span[0].Size;
        }

        return taken;
    }

    /// <summary>Publishes what was taken and acknowledges what was confirmed. Returns why it cannot go on, if it cannot.</summary>
    private async Task<string?> MoveAsync(List<DeliveryBatch> taken, CancellationToken cancellationToken)
    {
        var going = new List<(DeliveryBatch Delivery, string Queue, BrokerMessage Message)>();
        foreach (var delivery in taken)
        {
            var message = delivery.Messages.Messages.Span[0];
            if (await destination.OfAsync(message, cancellationToken) is var (queue, moved))
            {
                going.Add((delivery, queue, moved));
            }
            else
            {
                _skipped++;
                _held += message.Size;
            }
        }

        string? reason = null;
        foreach (var group in going.GroupBy(static each => each.Queue))
        {
            reason ??= await MoveAsync(group.Key, [.. group.Select(static each => each.Delivery)], [.. group.Select(static each => each.Message)], cancellationToken);
        }

        return reason;
    }

    private async Task<string?> MoveAsync(string queue, DeliveryBatch[] deliveries, BrokerMessage[] messages, CancellationToken cancellationToken)
    {
        var receipt = await publisher.PublishAsync(
            new PublishBatch { VirtualHost = source.VirtualHost, Messages = new MessageBatch(messages), Queue = queue }, cancellationToken);
        // Not given up with the request: what is on its way arrives, and must not stay here as well.
        var result = await receipt.Confirmed;
        var failed = result.Exceptions.Select(static exception => exception.Index).ToHashSet();
        var confirmed = deliveries.Where((_, index) => !failed.Contains(index)).ToList();
        await SettleAsync(confirmed, Settlement.Ack);
        _unsettled.ExceptWith(confirmed);
        _moved += confirmed.Count;
        return result.Exceptions is [var exception, ..] ? Explain(queue, exception.Outcome) : null;
    }

    /// <summary>What was not acknowledged returns to its place, now and not with the lease, and as if nobody had tried to deliver it.</summary>
    private async Task ReturnAsync()
    {
        try
        {
            await SettleAsync(_unsettled, Settlement.Return);
        }
        finally
        {
            await _queue.DetachAsync(new DetachRequest { Id = _getter, Requeue = true });
        }
    }

    private async Task SettleAsync(IEnumerable<DeliveryBatch> deliveries, Settlement how)
    {
        foreach (var epoch in deliveries.GroupBy(static delivery => delivery.Epoch))
        {
            await _queue.SettleAsync(new SettleBatch
            {
                Host = _getter.Host,
                Epoch = epoch.Key,
                Ranges = [.. epoch.Select(delivery => new SettleRange(_getter.Number, delivery.FirstDelivery, delivery.FirstDelivery, how))],
            });
        }
    }

    private string Explain(string queue, PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.Unroutable => $"there is no {source with { Name = queue }} any more",
        PublishOutcome.Refused => $"{source with { Name = queue }} is full and refuses messages",
        _ => $"{source with { Name = queue }} did not confirm in time; it may have some of the messages that stayed here",
    };
}
