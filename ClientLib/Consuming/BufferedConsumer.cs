using System.Threading.Channels;
using OrleansBroker.ClientLib.Messages;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>A client's consumer: a buffer that the queue fills as credit allows, and that the application empties at its own pace.</summary>
internal sealed class BufferedConsumer : IDeliverySink, IAsyncDisposable
{
    private static readonly TimeSpan RoomPause = TimeSpan.FromMilliseconds(50);

    private readonly ConsumerHost _host;
    private readonly Payload _payload;
    private readonly Channel<BufferedBatch> _buffer;
    private readonly Consumer _consumer;

    private BufferedConsumer(ConsumerHost host, ConsumerOptions options, Payload payload)
    {
        _host = host;
        _payload = payload;
        _consumer = new Consumer(host, options, this);
        // Every batch has a message at least. A consumer that acks automatically keeps what it holds when it attaches again.
        _buffer = Channel.CreateBounded<BufferedBatch>(new BoundedChannelOptions(options.AutoAck ? 2 * options.Prefetch : options.Prefetch)
        {
            SingleWriter = false,
        });
    }

    /// <summary>How it consumes.</summary>
    public ConsumerOptions Options => _consumer.Options;

    /// <summary>Attaches a consumer.</summary>
    /// <exception cref="BrokerException">The queue refused it.</exception>
    public static async Task<BufferedConsumer> StartAsync(
        ConsumerHost host, ConsumerOptions options, Payload payload, CancellationToken cancellationToken)
    {
        var consumer = new BufferedConsumer(host, options, payload);
        await consumer._consumer.StartAsync(cancellationToken).ConfigureAwait(false);
        return consumer;
    }

    /// <inheritdoc/>
    public bool TryTake(BufferedBatch batch) => _buffer.Writer.TryWrite(batch);

    /// <inheritdoc/>
    public void Ended(Exception? reason) => _buffer.Writer.TryComplete(reason);

    /// <inheritdoc/>
    public async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        if (!Options.AutoAck)
        {
            // The queue has these messages back and delivers them again.
            while (_buffer.Reader.TryPeek(out var batch) && batch.Attachment.IsDead && _buffer.Reader.TryRead(out _))
            {
            }

            return;
        }

        while (_buffer.Reader.Count > Options.Prefetch)
        {
            await _host.Access.PauseAsync(RoomPause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next batch that is still this consumer's; null after <see cref="DisposeAsync"/> began.</summary>
    /// <exception cref="BrokerException">The queue ended the consumer: its reader gets the reason after what it may still process.</exception>
    public async ValueTask<BufferedBatch?> NextAsync(CancellationToken cancellationToken)
    {
        while (await _buffer.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_buffer.Reader.TryRead(out var batch) && IsCurrent(batch))
            {
                return batch;
            }
        }

        return null;
    }

    /// <summary>Whether the batch's messages are still this consumer's to process: those of a dead attachment are delivered again.</summary>
    public bool IsCurrent(in BufferedBatch batch) => Options.AutoAck || !batch.Attachment.IsDead;

    /// <summary>The message as the application gets it.</summary>
    public Delivery DeliveryOf(in BufferedBatch batch, int index)
    {
        var redelivered = batch.Batch.Redelivered is { } indexes && Array.BinarySearch(indexes, index) >= 0;
        ISettler settler = Options.AutoAck ? SettledAlready.Instance : batch.Attachment;
        return new Delivery(batch.Batch.Messages.Messages.Span[index], redelivered, batch.Batch.FirstDelivery + index, settler, _payload);
    }

    /// <summary>Notes messages of a consumer that acks automatically as processed, which makes room for more.</summary>
    public void Processed(in BufferedBatch batch, int count)
    {
        var attachment = batch.Attachment;
        attachment.Processed += count;
        if (attachment.Processed - attachment.Told >= Options.Prefetch / 2)
        {
            attachment.Link.Settling.Grant(attachment, attachment.Processed);
        }
    }

    /// <summary>Detaches; what is unsettled returns to the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        _buffer.Writer.TryComplete();
        await _consumer.DisposeAsync().ConfigureAwait(false);
    }
}
