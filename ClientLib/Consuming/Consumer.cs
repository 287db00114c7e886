using OrleansBroker.ClientLib.Connections;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.ClientLib.Consuming;

/// <summary>
/// A consumer of a queue, which delivers to its sink as credit allows. It stays attached: when the queue moves or forgets it, it attaches
/// again, and what it held unsettled is delivered again.
/// </summary>
internal sealed class Consumer : IAsyncDisposable
{
    private readonly ConsumerHost _host;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private Attachment? _current;
    private volatile int _window;
    private volatile bool _isCreditBySettling;
    private bool _isAttaching = true;
    private bool _hasEnded;
    private int _isDisposed;

    public Consumer(ConsumerHost host, ConsumerOptions options, IDeliverySink sink)
    {
        _host = host;
        Options = options;
        Sink = sink;
        _window = options.Prefetch;
        _isCreditBySettling = options.IsCreditBySettling;
    }

    /// <summary>How it consumes.</summary>
    public ConsumerOptions Options { get; }

    /// <summary>Who gets its deliveries.</summary>
    public IDeliverySink Sink { get; }

    /// <summary>Its attachment; a dead one while it attaches again; null before the first.</summary>
    public Attachment? Current => Volatile.Read(ref _current);

    /// <summary>How many messages it may have beyond those that count as done.</summary>
    public int Window => _window;

    /// <summary>Whether a message counts as done when it is settled; else when it was processed.</summary>
    public bool IsCreditBySettling => _isCreditBySettling;

    /// <summary>Changes its window; the queue is told with the next grant.</summary>
    public void SetWindow(int window, bool isCreditBySettling)
    {
        _window = window;
        _isCreditBySettling = isCreditBySettling;
    }

    /// <summary>Attaches for the first time; where that fails the consumer is disposed.</summary>
    /// <exception cref="BrokerException">The queue refused it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AttachAsync(isFirst: true, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Detaches for good, and leaves what is unsettled to be settled. When this returns the queue delivers nothing more.
    /// </summary>
    public async Task CancelAsync()
    {
        Attachment? standing;
        lock (_gate)
        {
            // Of one that is attaching just now nothing is known to stand: it goes with all that it may hold.
            standing = _hasEnded || _isAttaching ? null : _current;
            _hasEnded |= standing is not null;
        }

        if (standing is not null)
        {
            await _host.DetachAsync(standing, requeue: false).ConfigureAwait(false);
        }

        await DisposeAsync().ConfigureAwait(false);
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

    /// <summary>Ends the consumer for a reason that is the queue's.</summary>
    public void End(Exception reason)
    {
        lock (_gate)
        {
            _hasEnded = true;
        }

        Sink.Ended(reason);
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
            Sink.Ended(null);
        }
        catch (Exception e)
        {
            End(e);
        }
    }

    /// <summary>Attaches until an attachment stands. The first time a broker that stays away is a failure, later it is waited for.</summary>
    private async Task AttachAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var start = _host.Access.Time.GetTimestamp();
        var pause = TimeSpan.Zero;
        while (true)
        {
            await Sink.MakeRoomAsync(cancellationToken).ConfigureAwait(false);
            var attachment = _host.Add(this);
            Volatile.Write(ref _current, attachment);
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
                catch (Exception e) when (Session.IsTransient(e) && (!isFirst || _host.Access.Time.GetElapsedTime(start) < _host.Access.Patience))
                {
                    _host.LogAttachRetry(Options.Queue, e);
                }
                catch
                {
                    attachment.Link.Remove(attachment);
                    throw;
                }

                pause = Session.Next(pause);
                await _host.Access.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
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
}
