using System.Buffers.Binary;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// From the call of publish to the consumer's handler at a steady rate, in the silo and from one external client process. Options:
/// <c>--rate</c> messages a second (5,000), <c>--seconds</c> (10).
/// </summary>
internal static class LatencyBenchmark
{
    private const string Queue = "latency";

    // What is compiled for the second time meanwhile holds up its core for milliseconds.
    private const int WarmUpSeconds = 10;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var rate = arguments.Number("rate", 5_000);
        var seconds = arguments.Number("seconds", 10);
        Console.WriteLine($"From publish to the handler at {rate:N0} messages/s of 1,024 octets, transient:");
        await using (var broker = await EmbeddedBroker.StartAsync(StoreProvider.RocksDb))
        {
            Console.WriteLine($"  in the silo: {await MeasureAsync(broker.Connection, rate, seconds)}");
        }

        await using (var broker = await BrokerProcess.StartAsync())
        await using (var connection = await Connection.OpenAsync(broker.Address))
        {
            Console.WriteLine($"  external:    {await MeasureAsync(connection, rate, seconds)}");
        }

        return 0;
    }

    private static async Task<Percentiles> MeasureAsync(Connection connection, int rate, int seconds)
    {
        await connection.CreateQueueAsync(Queue);
        await SendAsync(connection, rate, WarmUpSeconds);
        return await SendAsync(connection, rate, seconds);
    }

    private static async Task<Percentiles> SendAsync(Connection connection, int rate, int seconds)
    {
        var latencies = new Percentiles();
        var total = rate * seconds;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var subscription = await connection.SubscribeAsync(
            delivery =>
            {
                latencies.Add(TimeProvider.System.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(delivery.Body.Span)));
                if (latencies.Count == total)
                {
                    done.SetResult();
                }
            },
            Queue,
            prefetch: 2_000,
            autoAck: true);

        // A thread of its own: timers are too coarse for 200 µs, and the clock must not wait for the pool.
        var sender = new Thread(() => Send(connection, rate, total)) { IsBackground = true };
        sender.Start();
        await done.Task.WaitAsync(TimeSpan.FromSeconds(seconds + 30), TimeProvider.System);
        return latencies;
    }

    private static void Send(Connection connection, int rate, int total)
    {
        var properties = new MessageProperties { Persistent = false };
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < total; i++)
        {
            var due = started + (long)(i / (double)rate * TimeProvider.System.TimestampFrequency);
            Pause.Until(due);

            var body = new byte[1024];
            BinaryPrimitives.WriteInt64LittleEndian(body, TimeProvider.System.GetTimestamp());
            _ = connection.PublishAsync((ReadOnlyMemory<byte>)body, Queue, properties: properties);
        }
    }
}
