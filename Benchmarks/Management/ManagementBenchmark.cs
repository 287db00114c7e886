using OrleansBroker.Benchmarks.Amqp.Servers;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Management;

/// <summary>
/// The HTTP API while messages flow: how quickly the overview and a page of queues answer, and what they cost the flow, in windows with and
/// without them by turns. Options: <c>--rate</c> of the flow in messages a second (200,000; 0 for as many as there can be), <c>--windows</c>
/// of each kind (8), <c>--seconds</c> of a window (3), <c>--pause</c> milliseconds between two requests (50: what 50 open pages ask for that
/// read both every 5 s), <c>--queues</c> beside the one that is loaded (1,000).
/// </summary>
internal static class ManagementBenchmark
{
    private const string Queue = "load";
    private const int WarmUpSeconds = 10;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        await using var server = await AmqpServer.StartSiloAsync();
        var address = $"127.0.0.1:{server.GatewayPort}";
        await using (var connection = await Connection.OpenAsync(address))
        {
            await connection.CreateQueueAsync(Queue);
            await Task.WhenAll(Enumerable.Range(0, arguments.Number("queues", 1_000)).Select(i => connection.CreateQueueAsync($"idle-{i:d5}")));
        }

        string[] common = ["throughput", "--address", address, "--size", "1024", "--batch", "256"];
        using var consumer = ClientProcess.Start([.. common, "--role", "consumer", "--auto-ack"]);
        using var publisher = ClientProcess.Start([.. common, "--role", "publisher", "--rate", $"{arguments.Number("rate", 200_000)}"]);
        while (consumer.LastNumber == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        using var reader = new PageReader(server.HttpPort, TimeSpan.FromMilliseconds(arguments.Number("pause", 50)));
        await reader.ReadForAsync(TimeSpan.FromSeconds(WarmUpSeconds));
        reader.Forget();

        var (alone, together) = (new Rates(), new Rates());
        var window = TimeSpan.FromSeconds(arguments.Number("seconds", 3));
        for (var i = 0; i < arguments.Number("windows", 8); i++)
        {
            alone.Add(await RateAsync(consumer, () => Task.Delay(window, TimeProvider.System)));
            together.Add(await RateAsync(consumer, () => reader.ReadForAsync(window)));
        }

        Console.WriteLine("One queue, external client processes, transient, 1,024 octets; messages a second at the consumer: median (least to most)");
        Console.WriteLine($"  without requests  {alone}");
        Console.WriteLine($"  with requests     {together}  {(together.Median / alone.Median) - 1:+0.0%;-0.0%}");
        Console.WriteLine("Requests meanwhile:");
        foreach (var (path, latencies) in reader.Latencies)
        {
            Console.WriteLine($"  {path,-40} {latencies}");
        }

        return 0;
    }

    private static async Task<double> RateAsync(ClientProcess consumer, Func<Task> meanwhile)
    {
        var (before, started) = (consumer.LastNumber, TimeProvider.System.GetTimestamp());
        await meanwhile();
        return (consumer.LastNumber - before) / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
