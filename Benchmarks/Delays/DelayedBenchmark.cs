using System.Buffers.Binary;
using System.Collections.Concurrent;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Delays;

/// <summary>
/// Many delayed messages: published, the broker killed and started again while all of them are pending, and received when they are
/// due. Prints rates, resident memory, how late messages come and how many come twice. Options: <c>--messages</c> (1,000,000),
/// <c>--size</c> octets (1,024), <c>--delay</c> seconds until the first is due (60), <c>--spread</c> seconds from the first to the last (60),
/// <c>--run</c> messages one after another that are due together (64), <c>--probes</c> a second (0). With probes the many stay pending,
/// and what is published after them with shorter delays is watched instead: see <see cref="DelayProbes"/>.
/// </summary>
internal static class DelayedBenchmark
{
    internal const string Exchange = "delayed";
    internal const string Queue = "due";

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var messages = arguments.Number("messages", 1_000_000);
        var folder = Directory.CreateTempSubdirectory("orleansbroker-delayed-").FullName;
        try
        {
            var probes = arguments.Number("probes", 0) is > 0 and var rate ? new DelayProbes(rate, arguments) : null;
            await FillAsync(folder, messages, arguments, probes);
            await (probes is null ? ReceiveAsync(folder, messages) : probes.AfterCrashAsync(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static async Task FillAsync(string folder, int messages, Arguments arguments, DelayProbes? probes)
    {
        await using var broker = await BrokerProcess.StartAsync(folder);
        await using var connection = await Connection.OpenAsync(broker.Address);
        await connection.CreateExchangeAsync(
            Exchange, new ExchangeType("x-delayed-message"), new ExchangeOptions { Arguments = new Dictionary<string, object?> { ["x-delayed-type"] = "fanout" } });
        await connection.CreateQueueAsync(Queue, Exchange);
        var started = TimeProvider.System.GetTimestamp();
        var first = Now() + (arguments.Number("delay", 60) * 1000L);
        var publishing = PublishAsync(connection, messages, arguments, first);
        var peak = await PeakAsync(broker, publishing);
        await publishing;
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        Console.WriteLine($"Published {messages:N0} delayed messages: {messages / elapsed.TotalSeconds:N0}/s, resident memory at most {peak >> 20:N0} MiB");
        var heap = await broker.CollectAsync();
        Console.WriteLine($"All pending: resident {broker.ResidentBytes >> 20:N0} MiB once garbage is collected, {heap >> 20:N0} MiB of it the heap");
        if (Now() >= first)
        {
            Console.WriteLine("The first was due before the last was published: choose a longer --delay to see all of them pending");
        }

        if (probes is not null)
        {
            await probes.WhilePendingAsync(broker, connection);
        }

        broker.Kill();
    }

    private static async Task PublishAsync(Connection connection, int messages, Arguments arguments, long first)
    {
        const int Window = 64;
        var (size, spread, run) = (arguments.Number("size", 1024), arguments.Number("spread", 60) * 1000, arguments.Number("run", 64));
        var random = new Random(1);
        var underWay = new Queue<Task>();
        for (var number = 0; number < messages; number += run)
        {
            // A run has one delay, and stands together in the queue; the next one's is anywhere.
            var due = first + random.Next(spread + 1);
            var bodies = new ReadOnlyMemory<byte>[Math.Min(run, messages - number)];
            for (var i = 0; i < bodies.Length; i++)
            {
                bodies[i] = Body(size, due, number + i);
            }

            var headers = new Dictionary<string, object?> { ["x-delay"] = due - Now() };
            underWay.Enqueue(connection.PublishBatchAsync(bodies, exchange: Exchange, properties: new MessageProperties { Headers = headers }));
            while (underWay.Count >= Window)
            {
                await underWay.Dequeue();
            }
        }

        await Task.WhenAll(underWay);
    }

    private static async Task ReceiveAsync(string folder, int messages)
    {
        await using var broker = await BrokerProcess.StartAsync(folder);
        await using var connection = await Connection.OpenAsync(broker.Address);
        var lateness = new Percentiles();
        var seen = new ConcurrentDictionary<int, bool>();
        var (early, twice) = (0, 0);
        void Receive(Delivery delivery)
        {
            var late = Now() - BinaryPrimitives.ReadInt64LittleEndian(delivery.Body.Span);
            lock (lateness)
            {
                lateness.Add(TimeSpan.FromMilliseconds(late));
            }

            early += late < 0 ? 1 : 0;
            twice += seen.TryAdd(BinaryPrimitives.ReadInt32LittleEndian(delivery.Body.Span[8..]), true) ? 0 : 1;
        }

        await using var subscription = await connection.SubscribeAsync(Receive, Queue, prefetch: 2_000);
        var peak = await PeakAsync(broker, AllAsync(() => seen.Count >= messages));
        Console.WriteLine($"After kill -9 {seen.Count:N0} came, {twice:N0} of them twice, {early:N0} early, resident memory at most {peak >> 20:N0} MiB");
        Console.WriteLine($"Late by: {lateness}");
    }

    internal static byte[] Body(int size, long due, int number)
    {
        var body = new byte[size];
        BinaryPrimitives.WriteInt64LittleEndian(body, due);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(8), number);
        return body;
    }

    internal static async Task AllAsync(Func<bool> done)
    {
        while (!done())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task<long> PeakAsync(BrokerProcess broker, Task running)
    {
        var peak = 0L;
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System));
            peak = Math.Max(peak, broker.ResidentBytes);
        }

        return peak;
    }

    internal static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
