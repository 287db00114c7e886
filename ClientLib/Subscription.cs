using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Telemetry;

namespace OrleansBroker.ClientLib;

/// <summary>
/// A handler that a queue's messages are brought to, one after another. A message is acked when the handler returns, and rejected when
/// it throws: it is delivered again, and dead-lettered once it has failed as often as the queue allows.
/// </summary>
public sealed class Subscription : IAsyncDisposable
{
    // What a handler that fails again and again may cost: the pauses after failures in a row grow up to the second.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private static readonly AsyncLocal<Subscription?> Running = new();

    private readonly BufferedConsumer _consumer;
    private readonly Func<Delivery, Task> _handler;
    private readonly Action<Delivery, Exception>? _onError;
    private readonly ClientTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenRegistration _cancellation;
    private int _isDisposed;

    internal Subscription(
        BufferedConsumer consumer,
        Func<Delivery, Task> handler,
        Action<Delivery, Exception>? onError,
        ClientTelemetry telemetry,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        _consumer = consumer;
        _handler = handler;
        _onError = onError;
        _telemetry = telemetry;
        _time = time;
        Completion = Detached.Run(RunAsync);
        _cancellation = cancellationToken.UnsafeRegister(static s => ((Subscription)s!).DisposeAsync().AsTask().Ignore(), this);
    }

    /// <summary>The queue.</summary>
    public string Queue => _consumer.Options.Queue;

    /// <summary>
    /// Completes when the subscription has ended; faulted with a <see cref="Grains.Interfaces.Errors.BrokerException"/> where the
    /// queue ended it, for example because it was deleted.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Ends the subscription: waits for the handler's current message, then returns what is unsettled to the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _cancellation.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        // A handler may end its own subscription; it cannot wait for itself.
        if (Running.Value != this)
        {
            await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _consumer.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        Running.Value = this;
        try
        {
            while (!_stopping.IsCancellationRequested
                && await _consumer.NextAsync(_stopping.Token).ConfigureAwait(false) is { } batch)
            {
                await HandleAsync(batch).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Ended by its owner.
        }
        catch
        {
            // The queue ended it, or the application's error handler did: nobody reads any more what is delivered.
            await _consumer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Task HandOver(Delivery delivery)
    {
        _telemetry.Consumed("process", Queue, 1);
        return _telemetry.IsProcessObserved ? Processing.RunAsync(_telemetry, Queue, new ArraySegment<Delivery>([delivery]), () => _handler(delivery)) : _handler(delivery);
    }

    private async ValueTask HandleAsync(BufferedBatch batch)
    {
        var processed = 0;
        var pause = FirstPause;
        var isAutomatic = _consumer.Options.AutoAck;
        for (var i = batch.Skip; i < batch.Batch.Messages.Count && _consumer.IsCurrent(batch) && !_stopping.IsCancellationRequested; i++)
        {
            var delivery = _consumer.DeliveryOf(batch, i);
            try
            {
                var handling = HandOver(delivery);
                if (!handling.IsCompletedSuccessfully)
                {
                    await handling.ConfigureAwait(false);
                }

                delivery.Settle(Grains.Interfaces.Queues.Settlement.Ack);
                pause = FirstPause;
            }
            catch (Exception e)
            {
                delivery.Settle(Grains.Interfaces.Queues.Settlement.Reject);
                _onError?.Invoke(delivery, e);
                await Task.Delay(pause, _time, CancellationToken.None).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            if (isAutomatic && ++processed == _consumer.Options.Prefetch / 4)
            {
                _consumer.Processed(batch, processed);
                processed = 0;
            }
        }

        if (isAutomatic)
        {
            _consumer.Processed(batch, processed);
        }
    }
}
