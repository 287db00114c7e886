using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// Many durable queues that nobody uses: the broker's memory for each once they are idle, and the time from a publish to a random one
/// until a get has the message. Options: <c>--queues</c> (1,000,000), <c>--samples</c> (1,000), <c>--settle</c> seconds (60).
/// </summary>
internal static class IdleQueuesBenchmark
{
    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var queues = arguments.Number("queues", 1_000_000);
        await using var broker = await BrokerProcess.StartAsync();
        await using var connection = await Connection.OpenAsync(broker.Address);
        await DeclareAsync(connection, 0, 1_000);
        var heapBefore = await broker.CollectAsync();
        var before = broker.ResidentBytes;
        var started = TimeProvider.System.GetTimestamp();
        await DeclareAsync(connection, 1_000, queues);
        Console.WriteLine($"Declared {queues:N0} queues: {queues / TimeProvider.System.GetElapsedTime(started).TotalSeconds:N0}/s, resident {broker.ResidentBytes >> 20:N0} MiB");

        await Task.Delay(TimeSpan.FromSeconds(arguments.Number("settle", 60)), TimeProvider.System);
        var idle = broker.ResidentBytes;
        var heap = await broker.CollectAsync();
        var after = broker.ResidentBytes;
        Console.WriteLine($"Idle: resident {idle >> 20:N0} MiB, once garbage is collected {after >> 20:N0} MiB ({before >> 20:N0} MiB before)");
        Console.WriteLine($"A queue: {(after - before) / (double)queues:N0} octets resident, the store's fixed buffers among them; {(heap - heapBefore) / (double)queues:N0} octets of the heap");
        Console.WriteLine($"Publish to a random one until it is received: {await SampleAsync(connection, queues, arguments.Number("samples", 1_000))}");
        return 0;
    }

    private static async Task DeclareAsync(Connection connection, int from, int to)
    {
        const int Parallel = 256;
        var next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < to;)
            {
                await connection.CreateQueueAsync($"idle{i}");
            }
        }));
    }

    private static async Task<Percentiles> SampleAsync(Connection connection, int queues, int samples)
    {
        var latencies = new Percentiles();
        var random = new Random(1);
        for (var i = 0; i < samples; i++)
        {
            var queue = $"idle{random.Next(queues)}";
            var started = TimeProvider.System.GetTimestamp();
            await connection.PublishAsync("hello", queue, mandatory: true);
            var delivery = await connection.GetAsync(queue, autoAck: true) ?? throw new InvalidOperationException($"{queue} is empty");
            latencies.Add(TimeProvider.System.GetElapsedTime(started));
            _ = delivery;
        }

        return latencies;
    }
}
