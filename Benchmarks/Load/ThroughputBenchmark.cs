using OrleansBroker.Benchmarks.Limits;
using OrleansBroker.Benchmarks.Load.Queues;
using OrleansBroker.Benchmarks.Processes;
using OrleansBroker.Benchmarks.Storage;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Benchmarks.Load;

/// <summary>
/// One queue, one publisher, one consumer: messages a second that reach the consumer, in the silo and from client processes of their
/// own, after what the machine moves in the silo with no broker between. Options: <c>--size</c> octets (1,024), <c>--windows</c> of a second (5), <c>--batch</c> messages a publish (256),
/// <c>--only in-silo|external</c>; <c>--connection</c> with a connection string for PostgreSQL as the store, in the silo and durable only;
/// <c>--queues</c> (1) that the load is spread over in the silo.
/// </summary>
internal static class ThroughputBenchmark
{
    private const string Queue = "load";

    private static string Schema => $"benchmark_{Environment.ProcessId}";

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        if (arguments.Text("role") is { } role)
        {
            return await ThroughputClients.RunAsync(role, arguments);
        }

        if (arguments.Text("connection") is { } connection)
        {
            Console.WriteLine($"PostgreSQL, {arguments.Number("queues", 1)} queues, {arguments.Number("size", 1024):N0} octets, durable, confirmed, acked: {await InSiloAsync(arguments, persistent: true, connection)}");
            return 0;
        }

        Console.WriteLine($"One queue, one publisher, one consumer, {arguments.Number("size", 1024):N0} octets; messages a second at the consumer: median (least to most)");
        if (arguments.Text("only") != "external")
        {
            var limit = await RelayLimit.MeasureAsync(arguments.Number("size", 1024), arguments.Number("batch", 256), arguments.Number("windows", 5));
            Console.WriteLine($"  in the silo, a grain that only passes batches on   {limit}");
        }

        foreach (var persistent in new[] { false, true })
        {
            var name = persistent ? "durable, confirmed, acked" : "transient, auto-ack";
            if (arguments.Text("only") != "external")
            {
                Console.WriteLine($"  in the silo, {name,-26} {await InSiloAsync(arguments, persistent)}");
            }

            if (arguments.Text("only") != "in-silo")
            {
                Console.WriteLine($"  external,    {name,-26} {await ExternalAsync(arguments, persistent)}");
            }
        }

        return 0;
    }

    private static async Task<Rates> InSiloAsync(Arguments arguments, bool persistent, string? postgreSql = null)
    {
        await using var broker = await EmbeddedBroker.StartAsync(postgreSql is null ? StoreProvider.RocksDb : StoreProvider.PostgreSql, configure: options =>
        {
            options.Store.ConnectionString = postgreSql;
            options.Store.Schema = postgreSql is null ? options.Store.Schema : Schema;
        });
        var loads = await Task.WhenAll(Enumerable.Range(0, arguments.Number("queues", 1)).Select(i => QueueLoad.StartAsync(broker, $"{Queue}-{i}", persistent, arguments)));
        Func<long> received = () => loads.Sum(load => load.Consumer.Received);
        Rates rates;
        await using (postgreSql is null ? null : new DatabaseWatch(postgreSql, Schema, received))
        {
            rates = await Rates.MeasureAsync(received, arguments.Number("windows", 5));
        }

        await Task.WhenAll(loads.Select(load => load.DisposeAsync().AsTask()));
        var outOfOrder = loads.Sum(load => load.Consumer.OutOfOrder);
        return outOfOrder == 0 ? rates : throw new InvalidOperationException($"{outOfOrder} messages were out of order");
    }

    private static async Task<Rates> ExternalAsync(Arguments arguments, bool persistent)
    {
        await using var broker = await BrokerProcess.StartAsync();
        await using (var connection = await Connection.OpenAsync(broker.Address))
        {
            await connection.CreateQueueAsync(Queue);
        }

        string[] common = ["throughput", "--address", broker.Address, "--size", $"{arguments.Number("size", 1024)}", "--batch", $"{arguments.Number("batch", 256)}"];
        using var consumer = ClientProcess.Start([.. common, "--role", "consumer", .. persistent ? Array.Empty<string>() : ["--auto-ack"]]);
        using var publisher = ClientProcess.Start([.. common, "--role", "publisher", .. persistent ? ["--persistent"] : Array.Empty<string>()]);
        while (consumer.LastNumber == 0)
        {
            // Three processes start on few cores: the first window begins when messages flow.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return await Rates.MeasureAsync(() => consumer.LastNumber, arguments.Number("windows", 5));
    }
}
