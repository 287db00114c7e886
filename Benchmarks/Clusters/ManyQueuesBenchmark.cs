using System.Globalization;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Clusters;

/// <summary>
/// A silo of three dies in a cluster with many durable queues, some with a message: then each of those delivers it, and a sample of the
/// others takes one. Options: <c>--connection</c>, <c>--queues</c> (100,000), <c>--filled</c> (5,000), <c>--samples</c> (2,000).
/// </summary>
internal static class ManyQueuesBenchmark
{
    private const int Silos = 3;
    private const int AtOnce = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (queues, filled, samples) = (arguments.Number("queues", 100_000), arguments.Number("filled", 5_000), arguments.Number("samples", 2_000));
        await using var cluster = await SiloCluster.StartAsync(arguments, Silos);
        if (cluster is null)
        {
            return 1;
        }

        var started = TimeProvider.System.GetTimestamp();
        await ForEachAsync(cluster, queues, (connection, queue) => connection.CreateQueueAsync(Name(queue)));
        Console.WriteLine($"Declared {queues:N0} queues, {queues / Seconds(started):N0}/s");
        await ForEachAsync(cluster, filled, (connection, queue) => connection.PublishAsync(Name(queue), queue: Name(queue)));
        Console.WriteLine($"{filled:N0} of them have a message and are open: {await OpenAsync(cluster.Silos[0])}");
        PrintMemory(cluster, "Before the kill");

        var (victim, survivors) = (cluster.Silos[^1], cluster.Silos.Take(Silos - 1).ToList());
        var killed = TimeProvider.System.GetTimestamp();
        victim.Kill();
        var (latencies, forgotten) = (new Percentiles("queues"), 0);
        await using var first = await Connection.OpenAsync(survivors[0].Address);
        await using var second = await Connection.OpenAsync(survivors[1].Address);
        var slowest = 0.0;
        await Parallel.ForAsync(0, filled + samples, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, token) =>
        {
            var connection = i % 2 == 0 ? first : second;
            var queue = i < filled ? i : filled + (int)((long)(i - filled) * (queues - filled) / samples);
            var asked = TimeProvider.System.GetTimestamp();
            if (i >= filled)
            {
                await connection.PublishAsync(Name(queue), queue: Name(queue), mandatory: true, cancellationToken: token);
            }

            var text = await GetAsync(connection, Name(queue), token);
            lock (latencies)
            {
                latencies.Add(TimeProvider.System.GetElapsedTime(asked));
                slowest = Math.Max(slowest, Seconds(killed));
                forgotten += text == Name(queue) ? 0 : 1;
            }
        });
        Console.WriteLine($"To serve each again: {latencies}");
        Console.WriteLine($"The last one served {slowest.ToString("0.0", CultureInfo.InvariantCulture)} s after the kill; {forgotten} did not have their message");
        PrintMemory(cluster, "After it");
        return forgotten == 0 ? 0 : 1;
    }

    /// <summary>Gets until there is a message: a get that meets the dead silo fails, for nobody knows what became of it.</summary>
    private static async Task<string?> GetAsync(Connection connection, string queue, CancellationToken token)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Pause);
        do
        {
            try
            {
                if (await connection.GetAsync(queue, cancellationToken: token) is { } delivery)
                {
                    await delivery.AckAsync();
                    return delivery.Text;
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // It is asked again.
            }
        }
        while (TimeProvider.System.GetElapsedTime(started) < Patience && await timer.WaitForNextTickAsync(token));
        return null;
    }

    private static string Name(int queue) => $"many{queue}";

    private static double Seconds(long since) => TimeProvider.System.GetElapsedTime(since).TotalSeconds;

    private static async Task<string> OpenAsync(ClusterSilo silo) =>
        string.Join(", ", (await silo.GetAsync("nodes")).AsArray().Select(node => ((int)node!["queues"]!).ToString("N0", CultureInfo.InvariantCulture)));

    private static void PrintMemory(SiloCluster cluster, string when) =>
        Console.WriteLine($"{when}: resident {string.Join(", ", cluster.Silos.Take(Silos - 1).Select(silo => $"{silo.ResidentBytes >> 20:N0} MiB"))} of the silos that stay");

    private static async Task ForEachAsync(SiloCluster cluster, int count, Func<Connection, int, Task> act)
    {
        var connections = new List<Connection>();
        foreach (var silo in cluster.Silos)
        {
            connections.Add(await Connection.OpenAsync(silo.Address));
        }

        await Parallel.ForAsync(
            0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => await act(connections[i % connections.Count], i));
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }
}
