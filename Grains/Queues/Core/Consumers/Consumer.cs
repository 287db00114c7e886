using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;

namespace OrleansBroker.Grains.Queues.Core.Consumers;

/// <summary>
/// Somebody who holds messages of the queue: an attached consumer, one that was cancelled and has not settled all, or one that gets.
/// </summary>
internal sealed class Consumer(ConsumerId id, ConsumerAttachment? attachment, bool lasting, long timeout)
{
    private BrokerMessage[] _batch = [];
    private int _batchCount;
    private long _batchBytes;
    private long _batchFirst;
    private List<int>? _redelivered;

    public ConsumerId Id { get; } = id;

    /// <summary>What attached; null for one that only gets.</summary>
    public ConsumerAttachment? Attachment { get; } = attachment;

    /// <summary>A durable subscription: it holds no lease.</summary>
    public bool IsLasting { get; } = lasting;

    public bool NoAck => Attachment is { NoAck: true };

    public int Priority => Attachment?.Priority ?? 0;

    /// <summary>Whether it is given messages.</summary>
    public bool IsAttached { get; set; } = attachment is not null;

    public long LeaseUntil { get; set; }

    /// <summary>The last sign of life of its host, which deliveries name.</summary>
    public long Sign { get; set; }

    /// <summary>How many deliveries it may get in all.</summary>
    public long Granted { get; set; } = attachment?.Credit ?? 0;

    /// <summary>How many deliveries it may get now.</summary>
    public long Credit => Granted - (Unacked.Next - 1);

    /// <summary>Milliseconds that it may keep a message; 0: for ever.</summary>
    public long Timeout { get; } = timeout;

    /// <summary>When what it holds for longest has been kept for too long; null where nothing will.</summary>
    public long? TimeoutAt => Timeout > 0 && Unacked.Oldest is { } oldest ? oldest.HandedAt + Timeout : null;

    /// <summary>The delivery that it has kept for too long, the oldest of them; null where there is none.</summary>
    public long? Overdue(long now) => TimeoutAt <= now ? Unacked.FindFrom(0, long.MaxValue) : null;

    /// <summary>A delivery is under way.</summary>
    public bool IsBusy { get; set; }

    public UnackedMessages Unacked { get; } = new();

    // Its place in a line of those who can take messages; see ConsumerLine.
    public Consumer? Before { get; set; }
    public Consumer? After { get; set; }
    public ConsumerLine? Line { get; set; }

    /// <summary>Adds a message to the batch that is being made.</summary>
    public void Give(BrokerMessage message, bool redelivered, int expected)
    {
        if (_batchCount == 0)
        {
            _batch = new BrokerMessage[Math.Max(1, expected)];
            _batchFirst = Unacked.Next;
        }
        else if (_batchCount == _batch.Length)
        {
            Array.Resize(ref _batch, _batch.Length * 2);
        }

        if (redelivered)
        {
            (_redelivered ??= []).Add(_batchCount);
        }

        _batch[_batchCount++] = message;
        _batchBytes += message.Size;
    }

    /// <summary>Whether a message is in the batch that is being made.</summary>
    public bool HasBatch => _batchCount > 0;

    /// <summary>Whether the batch that is being made takes no more.</summary>
    public bool IsBatchFull(QueueLimits limits) => _batchCount >= limits.DeliveryBatchMessages || _batchBytes >= limits.DeliveryBatchBytes;

    /// <summary>The batch that was made.</summary>
    public DeliveryBatch TakeBatch(long epoch)
    {
        var batch = new DeliveryBatch
        {
            Consumer = Id,
            Epoch = epoch,
            FirstDelivery = _batchFirst,
            Messages = new MessageBatch(_batch.AsMemory(0, _batchCount)),
            Redelivered = _redelivered?.ToArray(),
            Sign = Sign,
        };
        _batch = [];
        (_batchCount, _batchBytes) = (0, 0);
        _redelivered = null;
        return batch;
    }
}
