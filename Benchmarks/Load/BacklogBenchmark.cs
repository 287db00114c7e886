using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// A long backlog of durable messages: enqueued, the broker killed and started again, drained in order. Prints rates, resident memory
/// and the time until the queue answers again. Options: <c>--messages</c> (5,000,000), <c>--size</c> octets (1,024).
/// </summary>
internal static class BacklogBenchmark
{
    private const string Queue = "backlog";

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var messages = arguments.Number("messages", 5_000_000);
        var folder = Directory.CreateTempSubdirectory("orleansbroker-backlog-").FullName;
        try
        {
            await FillAsync(folder, messages, arguments.Number("size", 1024));
            await DrainAsync(folder, messages);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static async Task FillAsync(string folder, int messages, int size)
    {
        await using var broker = await BrokerProcess.StartAsync(folder);
        await using var connection = await Connection.OpenAsync(broker.Address);
        await connection.CreateQueueAsync(Queue);
        var publisher = new LoadPublisher(connection, new LoadTarget(Queue, null, true), size, batch: 256, window: 64);
        var started = TimeProvider.System.GetTimestamp();
        var publishing = publisher.RunAsync(messages, CancellationToken.None);
        var peak = 0L;
        while (!publishing.IsCompleted)
        {
            await Task.WhenAny(publishing, Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System));
            peak = Math.Max(peak, broker.ResidentBytes);
        }

        await publishing;
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        Console.WriteLine($"Enqueued {messages:N0} durable messages: {messages / elapsed.TotalSeconds:N0}/s, resident memory at most {peak >> 20:N0} MiB");
        broker.Kill();
    }

    private static async Task DrainAsync(string folder, int messages)
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var broker = await BrokerProcess.StartAsync(folder);
        await using var connection = await Connection.OpenAsync(broker.Address);
        var info = await connection.GetQueueAsync(Queue);
        Console.WriteLine($"After kill -9 the queue answers within {TimeProvider.System.GetElapsedTime(started).TotalSeconds:N1} s of the start and has {info.Messages:N0} messages");

        started = TimeProvider.System.GetTimestamp();
        var consumer = new LoadConsumer(ordered: true);
        await using var subscription = await consumer.SubscribeAsync(connection, Queue, 20_000, autoAck: false);
        var peak = 0L;
        while (consumer.Received < messages)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            peak = Math.Max(peak, broker.ResidentBytes);
        }

        var elapsed = TimeProvider.System.GetElapsedTime(started);
        Console.WriteLine($"Drained: {messages / elapsed.TotalSeconds:N0}/s, {consumer.OutOfOrder} out of order, resident memory at most {peak >> 20:N0} MiB");
    }
}
