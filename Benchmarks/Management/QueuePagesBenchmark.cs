using System.Diagnostics;
using OrleansBroker.Benchmarks.Amqp.Servers;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Management;

/// <summary>
/// Pages of 100 among many durable queues that nobody uses: how long each kind of question takes, and what it costs the silo. Options:
/// <c>--queues</c> (1,000,000), <c>--rounds</c> of each question (100).
/// </summary>
internal static class QueuePagesBenchmark
{
    private const int Parallel = 256;

    // The filters: few match; none; half of all; an expression that needs the engine; one that half of all match.
    private static readonly string[] Questions =
    [
        "page=1", "page=5000", "page=1&name=77777", "page=1&name=none", "page=1&name=5.&use_regex=true",
        "page=1&name=^orders-[0-9]*99$&use_regex=true", "page=50&name=7.*7&use_regex=true", "page=1&sort=name", "page=1&sort=name&sort_reverse=true",
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var queues = arguments.Number("queues", 1_000_000);
        await using var server = await AmqpServer.StartSiloAsync();
        await using (var connection = await Connection.OpenAsync($"127.0.0.1:{server.GatewayPort}"))
        {
            var started = TimeProvider.System.GetTimestamp();
            await System.Threading.Tasks.Parallel.ForEachAsync(
                Enumerable.Range(0, queues),
                new ParallelOptions { MaxDegreeOfParallelism = Parallel },
                async (i, cancellation) => await connection.CreateQueueAsync($"orders-{i:d7}", cancellationToken: cancellation));
            Console.WriteLine($"Declared {queues:N0} queues in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:N0} s");
        }

        using var process = Process.GetProcessById(server.Id);
        using (var first = new PageReader(server.HttpPort, TimeSpan.Zero))
        {
            // The first question brings the count about, which is done in the background.
            await first.WaitForAsync(queues);
        }

        foreach (var question in Questions)
        {
            var path = $"/api/queues?page_size=100&{question}";
            using var reader = new PageReader(server.HttpPort, TimeSpan.FromMilliseconds(20), [path]);
            await reader.ReadAsync();
            reader.Forget();
            process.Refresh();
            var before = process.TotalProcessorTime;
            var rounds = arguments.Number("rounds", 100);
            for (var i = 0; i < rounds; i++)
            {
                await reader.ReadAsync();
            }

            process.Refresh();
            var each = (process.TotalProcessorTime - before) / rounds;
            Console.WriteLine($"  {question,-50} {reader.Latencies[path]}, {each.TotalMilliseconds:N1} ms of a processor each");
        }

        return 0;
    }
}
