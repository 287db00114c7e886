using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// A fanout exchange with several queues, each with a consumer in the silo: deliveries a second in all. Options: <c>--queues</c> (10),
/// <c>--size</c> octets (1,024), <c>--windows</c> of a second (5), <c>--batch</c> messages a publish (256).
/// </summary>
internal static class FanoutBenchmark
{
    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var queues = arguments.Number("queues", 10);
        await using var broker = await EmbeddedBroker.StartAsync(StoreProvider.RocksDb);
        await broker.Connection.CreateExchangeAsync("fan", ExchangeType.Fanout);
        var consumers = new LoadConsumer[queues];
        var subscriptions = new List<Subscription>();
        for (var i = 0; i < queues; i++)
        {
            await broker.Connection.CreateQueueAsync($"fan{i}", exchange: "fan");
            consumers[i] = new LoadConsumer(ordered: true);
            subscriptions.Add(await consumers[i].SubscribeAsync(broker.Connection, $"fan{i}", 20_000, autoAck: true));
        }

        using var stop = new CancellationTokenSource();
        var publisher = new LoadPublisher(
            broker.Connection, new LoadTarget(null, "fan", false), arguments.Number("size", 1024), arguments.Number("batch", 256), window: 16);
        var publishing = Task.Run(() => publisher.RunAsync(long.MaxValue, stop.Token));
        var rates = await Rates.MeasureAsync(() => consumers.Sum(c => c.Received), arguments.Number("windows", 5));
        await stop.CancelAsync();
        await publishing;
        Console.WriteLine($"Fanout to {queues} queues in the silo, deliveries a second: {rates}");
        foreach (var subscription in subscriptions)
        {
            await subscription.DisposeAsync();
        }

        return consumers.All(c => c.OutOfOrder == 0) ? 0 : throw new InvalidOperationException("Messages were out of order");
    }
}
