using System.Text;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.Gateway.Activity;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Gateway.Consuming.Deliveries;

/// <summary>A consumer of a channel: what came for it and is not written yet. All its state is the <see cref="DeliveryWriter"/>'s.</summary>
internal sealed class ChannelConsumer : IDeliverySink
{
    private readonly DeliveryWriter _writer;

    /// <summary>A consumer that takes what a queue, or the senders of replies, have for it.</summary>
    public ChannelConsumer(string tag, bool noAck, int prefetch, DeliveryWriter writer)
    {
        Tag = tag;
        TagOctets = Encoding.UTF8.GetBytes(tag);
        NoAck = noAck;
        Prefetch = prefetch;
        _writer = writer;
    }

    /// <summary>Its tag.</summary>
    public string Tag { get; }

    /// <summary>Its tag in UTF-8.</summary>
    public byte[] TagOctets { get; }

    /// <summary>Whether its messages are settled by being sent.</summary>
    public bool NoAck { get; }

    /// <summary>Its own limit; 0 for none.</summary>
    public int Prefetch { get; }

    /// <summary>How many messages were written for it.</summary>
    public Tally Delivered { get; } = new();

    /// <summary>Its place at the queue; null for one of replies.</summary>
    public Consumer? Consumer { get; private set; }

    /// <summary>Called when the queue ended it.</summary>
    public Action<ChannelConsumer>? EndedByQueue { get; init; }

    /// <summary>Where it stands.</summary>
    public ChannelConsumerState State { get; set; }

    /// <summary>Completes when its consume is answered, or refused.</summary>
    public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What came and is not written.</summary>
    public Queue<PendingRun> Pending { get; } = new();

    /// <summary>How many messages that are.</summary>
    public int PendingMessages { get; set; }

    /// <summary>Whether it waits for its turn, or for the shared limit.</summary>
    public bool IsInLine { get; set; }

    /// <summary>Whether it waits for the shared limit.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>The attachment that gets nothing until the shared limit has room; null where all is as usual.</summary>
    public Attachment? Withheld { get; set; }

    /// <summary>Completes when nothing is on its way to the attachment that gets nothing.</summary>
    public Task Withholding { get; set; } = Task.CompletedTask;

    /// <summary>Who waits until nothing more can be written for it now.</summary>
    public TaskCompletionSource? Drained { get; set; }

    /// <summary>The largest window it ever had.</summary>
    public int LargestWindow { get; private set; }

    /// <summary>Its consumer at the queue, before that attaches.</summary>
    public Consumer Bind(ConsumerHost host, ConsumerOptions options)
    {
        LargestWindow = options.Prefetch;
        return Consumer = new Consumer(host, options, this);
    }

    /// <summary>Changes its window.</summary>
    public void SetWindow(int window, bool isCreditBySettling)
    {
        LargestWindow = Math.Max(LargestWindow, window);
        Consumer!.SetWindow(window, isCreditBySettling);
    }

    /// <inheritdoc/>
    public bool TryTake(BufferedBatch batch)
    {
        var count = batch.Batch.Messages.Count - batch.Skip;
        if (!NoAck)
        {
            batch.Attachment.AddOutstanding(count);
        }

        return _writer.TryAdd(this, new PendingRun
        {
            Holder = batch.Attachment,
            Messages = batch.Batch.Messages.Messages,
            Redelivered = batch.Batch.Redelivered,
            FirstNumber = batch.Batch.FirstDelivery,
            At = batch.Skip,
        });
    }

    /// <inheritdoc/>
    public ValueTask MakeRoomAsync(CancellationToken cancellationToken) => _writer.MakeRoomAsync(this, cancellationToken);

    /// <inheritdoc/>
    public void Ended(Exception? reason)
    {
        if (reason is not null)
        {
            EndedByQueue?.Invoke(this);
        }
    }
}

/// <summary>Where a channel's consumer stands.</summary>
internal enum ChannelConsumerState
{
    /// <summary>Its consume is not answered yet: what comes is held.</summary>
    Opening,
    /// <summary>What comes is written.</summary>
    Open,
    /// <summary>Nothing is written for it any more.</summary>
    Closed,
}

/// <summary>Messages that came together, some of which may be written already.</summary>
internal sealed class PendingRun
{
    /// <summary>Through which they came; null for replies.</summary>
    public Attachment? Holder { get; init; }

    /// <summary>The messages.</summary>
    public required ReadOnlyMemory<BrokerMessage> Messages { get; init; }

    /// <summary>Indexes of those that may have been delivered before, ascending.</summary>
    public int[]? Redelivered { get; init; }

    /// <summary>The delivery number of the first.</summary>
    public long FirstNumber { get; init; }

    /// <summary>The next to write.</summary>
    public int At { get; set; }

    /// <summary>How many of the next may have been delivered before.</summary>
    public int RedeliveredIn(int count) => Redelivered is null ? 0 : Redelivered.Count(index => index >= At && index < At + count);
}
