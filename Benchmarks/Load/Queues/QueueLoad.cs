using OrleansBroker.Benchmarks.Processes;

namespace OrleansBroker.Benchmarks.Load.Queues;

/// <summary>A queue with a publisher and a consumer in the silo.</summary>
internal sealed class QueueLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IAsyncDisposable _subscription;
    private readonly Task _publishing;

    private QueueLoad(LoadConsumer consumer, IAsyncDisposable subscription, LoadPublisher publisher)
    {
        Consumer = consumer;
        _subscription = subscription;
        _publishing = Task.Run(() => publisher.RunAsync(long.MaxValue, _stop.Token));
    }

    public LoadConsumer Consumer { get; }

    public static async Task<QueueLoad> StartAsync(EmbeddedBroker broker, string queue, bool persistent, Arguments arguments)
    {
        await broker.Connection.CreateQueueAsync(queue);
        var consumer = new LoadConsumer(ordered: true);
        var subscription = await consumer.SubscribeAsync(broker.Connection, queue, 20_000, autoAck: !persistent);
        var publisher = new LoadPublisher(
            broker.Connection, new LoadTarget(queue, null, persistent), arguments.Number("size", 1024), arguments.Number("batch", 256), window: 64);
        return new QueueLoad(consumer, subscription, publisher);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _publishing;
        await _subscription.DisposeAsync();
        _stop.Dispose();
    }
}
