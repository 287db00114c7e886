using OrleansBroker.ClientLib.Connections;
using OrleansBroker.ClientLib.Consuming;
using OrleansBroker.ClientLib.Telemetry;

namespace OrleansBroker.ClientLib.Streams;

/// <summary>A subscription from outside of grains: a consumer of this process whose deliveries go to an observer.</summary>
internal sealed class LeasedSubscription : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private readonly BufferedConsumer _consumer;
    private readonly ClientTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private volatile DeliveryObserver _observer;
    private int _isDisposed;

    public LeasedSubscription(StreamId stream, BufferedConsumer consumer, DeliveryObserver observer, ClientTelemetry telemetry, TimeProvider time)
    {
        StreamId = stream;
        _consumer = consumer;
        _observer = observer;
        _telemetry = telemetry;
        _time = time;
        Detached.Run(RunAsync).Ignore();
    }

    public Guid Id { get; } = Guid.NewGuid();

    public StreamId StreamId { get; }

    /// <summary>Puts another observer in the place of the one before.</summary>
    public void Resume(DeliveryObserver observer) => _observer = observer;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await _consumer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _consumer.NextAsync(_stopping.Token).ConfigureAwait(false) is { } batch)
            {
                await HandleAsync(batch).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Unsubscribed.
        }
        catch (Exception e)
        {
            await _observer.EndAsync(e).ConfigureAwait(false);
        }
    }

    private async Task HandleAsync(BufferedBatch batch)
    {
        var pause = FirstPause;
        var count = batch.Batch.Messages.Count;
        for (var first = batch.Skip; first < count && _consumer.IsCurrent(batch) && !_stopping.IsCancellationRequested;)
        {
            var observer = _observer;
            var deliveries = new Delivery[Math.Min(count - first, observer.MaxDeliveries)];
            for (var i = 0; i < deliveries.Length; i++)
            {
                deliveries[i] = _consumer.DeliveryOf(batch, first + i);
            }

            first += deliveries.Length;
            if (await observer.ProcessAsync(_consumer.Options.Queue, deliveries, _telemetry).ConfigureAwait(false))
            {
                pause = FirstPause;
                continue;
            }

            // What fails comes again at once: give it a moment.
            await Task.Delay(pause, _time, CancellationToken.None).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
