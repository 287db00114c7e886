using System.Threading.Channels;
using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// A consumer of a queue: a buffer that the queue fills as credit allows, and that the application empties at its own pace. It stays
/// attached: when the queue moves or forgets it, it attaches again, and what it held unsettled is delivered again.
/// </summary>
internal sealed class Consumer : IAsyncDisposable
{
    private readonly ConsumerHost _host;
    private readonly Channel<BufferedBatch> _buffer;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private Attachment? _current;
    private bool _isAttaching = true;
    private bool _hasEnded;
    private int _isDisposed;

    private Consumer(ConsumerHost host, ConsumerOptions options)
    {
        _host = host;
        Options = options;
        // Every batch has a message at least. A consumer that acks automatically keeps what it holds when it attaches again.
        _buffer = Channel.CreateBounded<BufferedBatch>(new BoundedChannelOptions(options.AutoAck ? 2 * options.Prefetch : options.Prefetch)
        {
            SingleWriter = false,
        });
    }

    /// <summary>How it consumes.</summary>
    public ConsumerOptions Options { get; }

    /// <summary>Attaches a consumer.</summary>
    /// <exception cref="BrokerException">The queue refused it.</exception>
    public static async Task<Consumer> StartAsync(ConsumerHost host, ConsumerOptions options, CancellationToken cancellationToken)
    {
        var consumer = new Consumer(host, options);
        try
        {
            await consumer.AttachAsync(isFirst: true, cancellationToken).ConfigureAwait(false);
            return consumer;
        }
        catch
        {
            await consumer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a batch over; false where it holds more than it asked for.</summary>
    public bool TryBuffer(BufferedBatch batch) => _buffer.Writer.TryWrite(batch);

    /// <summary>The next batch that is still this consumer's; null after <see cref="DisposeAsync"/> began.</summary>
    /// <exception cref="BrokerException">The queue ended the consumer.</exception>
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
        return new Delivery(batch.Batch.Messages.Messages.Span[index], redelivered, batch.Batch.FirstDelivery + index, settler, _host.Payload);
    }

    /// <summary>Notes messages of a consumer that acks automatically as processed, which makes room for more.</summary>
    public void Processed(in BufferedBatch batch, int count)
    {
        var attachment = batch.Attachment;
        attachment.Processed += count;
        if (attachment.Processed - attachment.Settled >= Options.Prefetch / 2)
        {
            attachment.Link.Settling.Grant(attachment, attachment.Processed);
        }
    }

    /// <summary>Attaches again, in the background.</summary>
    public void Reattach()
    {
        lock (_gate)
        {
            if (_isAttaching || _hasEnded)
            {
                return;
            }

            _isAttaching = true;
        }

        Detached.Run(ReattachAsync).Ignore();
    }

    /// <summary>Ends the consumer: its reader gets the reason after what it may still process.</summary>
    public void End(Exception reason)
    {
        lock (_gate)
        {
            _hasEnded = true;
        }

        _buffer.Writer.TryComplete(reason);
    }

    /// <summary>Detaches; what is unsettled returns to the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        bool wasAttached;
        lock (_gate)
        {
            wasAttached = !_hasEnded;
            _hasEnded = true;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        _buffer.Writer.TryComplete();
        if (wasAttached && _current is { } attachment)
        {
            await _host.DetachAsync(attachment).ConfigureAwait(false);
        }

        _host.Remove(this);
        _ending.Dispose();
    }

    private async Task ReattachAsync()
    {
        try
        {
            await AttachAsync(isFirst: false, _ending.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            _buffer.Writer.TryComplete();
        }
        catch (Exception e)
        {
            End(e);
        }
    }

    /// <summary>Attaches until an attachment stands. The first time a broker that stays away is a failure, later it is waited for.</summary>
    private async Task AttachAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var start = _host.Time.GetTimestamp();
        var pause = TimeSpan.Zero;
        while (true)
        {
            await MakeRoomAsync(cancellationToken).ConfigureAwait(false);
            var attachment = _host.Add(this);
            _current = attachment;
            // An attempt whose answer was lost is repeated under the same number, which the queue knows then.
            while (!attachment.IsDead)
            {
                try
                {
                    if (await _host.AttachAsync(attachment, cancellationToken).ConfigureAwait(false) && TryFinish(attachment))
                    {
                        return;
                    }
                }
                catch (Exception e) when (Session.IsTransient(e) && (!isFirst || _host.Time.GetElapsedTime(start) < _host.OpenTimeout))
                {
                    _host.LogAttachRetry(Options.Queue, e);
                }
                catch
                {
                    attachment.Link.Remove(attachment);
                    throw;
                }

                pause = Session.Next(pause);
                await _host.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool TryFinish(Attachment attachment)
    {
        lock (_gate)
        {
            // Under the lock, so that a restart either sees that nobody attaches any more, or is seen here.
            if (attachment.IsDead)
            {
                return false;
            }

            _isAttaching = false;
            return true;
        }
    }

    private async Task MakeRoomAsync(CancellationToken cancellationToken)
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
            await _host.PauseAsync(TimeSpan.FromMilliseconds(50), cancellationToken).ConfigureAwait(false);
        }
    }
}
