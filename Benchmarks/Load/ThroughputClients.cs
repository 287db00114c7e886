using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>What the client processes of a throughput run do. They end when the process that started them closes their input.</summary>
internal static class ThroughputClients
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(string role, Arguments arguments)
    {
        await using var connection = await Connection.OpenAsync(arguments.Text("address")!);
        using var stop = new CancellationTokenSource();
        var parent = Task.Run(async () =>
        {
            await Console.In.ReadToEndAsync();
            await stop.CancelAsync();
        });

        if (role == "publisher")
        {
            var publisher = new LoadPublisher(
                connection, new LoadTarget("load", null, arguments.Has("persistent")), arguments.Number("size", 1024), arguments.Number("batch", 256), window: 64,
                arguments.Number("rate", 0));
            await publisher.RunAsync(long.MaxValue, stop.Token);
        }
        else
        {
            var consumer = new LoadConsumer(ordered: true);
            await using var subscription = await consumer.SubscribeAsync(connection, "load", 20_000, arguments.Has("auto-ack"));
            while (!stop.IsCancellationRequested)
            {
                Console.WriteLine(consumer.OutOfOrder == 0 ? $"{consumer.Received}" : "out of order");
                await Task.Delay(ReportEvery, TimeProvider.System);
            }
        }

        await parent;
        return 0;
    }
}
