using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Queues;

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
    private int _moved;
    private int _skipped;
    private long _held;

    /// <summary>Moves so many messages at most.</summary>
    public async Task<TransferOutcome> RunAsync(int count, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        string? reason = null;
        await using (var getter = new QueueGetter(_queue))
        {
            while (reason is null && _moved + _skipped < count && _held < HeldOctets && time.GetElapsedTime(begun) < Patience)
            {
                var taken = await TakeAsync(getter, Math.Min(BatchMessages, count - _moved - _skipped), cancellationToken);
                if (taken.Count == 0)
                {
                    break;
                }

                reason = await MoveAsync(getter, taken, cancellationToken);
            }
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

    private static async Task<List<DeliveryBatch>> TakeAsync(QueueGetter getter, int count, CancellationToken cancellationToken)
    {
        var taken = new List<DeliveryBatch>();
        var octets = 0L;
        while (taken.Count < count && octets < BatchOctets)
        {
            var reply = await getter.GetAsync(cancellationToken);
            if (reply.Delivery is not { } delivery)
            {
                break;
            }

            taken.Add(delivery);
            octets += delivery.Messages.Messages.Span[0].Size;
        }

        return taken;
    }

    /// <summary>Publishes what was taken and acknowledges what was confirmed. Returns why it cannot go on, if it cannot.</summary>
    private async Task<string?> MoveAsync(QueueGetter getter, List<DeliveryBatch> taken, CancellationToken cancellationToken)
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
            reason ??= await MoveAsync(getter, group.Key, [.. group.Select(static each => each.Delivery)], [.. group.Select(static each => each.Message)], cancellationToken);
        }

        return reason;
    }

    private async Task<string?> MoveAsync(
        QueueGetter getter, string queue, DeliveryBatch[] deliveries, BrokerMessage[] messages, CancellationToken cancellationToken)
    {
        var receipt = await publisher.PublishAsync(
            new PublishBatch { VirtualHost = source.VirtualHost, Messages = new MessageBatch(messages), Queue = queue }, cancellationToken);
        // Not given up with the request: what is on its way arrives, and must not stay here as well.
        var result = await receipt.Confirmed;
        var failed = result.Exceptions.Select(static exception => exception.Index).ToHashSet();
        var confirmed = deliveries.Where((_, index) => !failed.Contains(index)).ToList();
        await getter.SettleAsync(confirmed, Settlement.Ack);
        _moved += confirmed.Count;
        return result.Exceptions is [var exception, ..] ? Explain(queue, exception.Outcome) : null;
    }

    private string Explain(string queue, PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.Unroutable => $"there is no {source with { Name = queue }} any more",
        PublishOutcome.Refused => $"{source with { Name = queue }} is full and refuses messages",
        _ => $"{source with { Name = queue }} did not confirm in time; it may have some of the messages that stayed here",
    };
}
