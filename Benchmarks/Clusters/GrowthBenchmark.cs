using System.Globalization;
using OrleansBroker.Benchmarks.Amqp;
using OrleansBroker.Benchmarks.Amqp.Loads;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Clusters;

/// <summary>
/// What one, two and three silos over one database carry together, each with an AMQP load of its own at the same time; and what a client
/// moves through a queue that another silo holds, beside one that its own silo holds, by turns. Options: <c>--connection</c>,
/// <c>--loads</c> (transient,confirmed,durable), <c>--silos</c> at most (3), <c>--seconds</c> that are measured (8), <c>--warmup</c> (10),
/// <c>--turns</c> of each kind (3).
/// </summary>
internal static class GrowthBenchmark
{
    private const int Silos = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var names = (arguments.Text("loads") ?? "transient,confirmed,durable").Split(',');
        var loads = AmqpLoads.All.OfType<TrafficLoad>().Where(load => names.Contains(load.Name)).ToList();
        string[] options = ["--seconds", $"{arguments.Number("seconds", 8)}", "--warmup", $"{arguments.Number("warmup", 10)}"];
        Console.WriteLine("Messages a second at the consumers: sum of the silos' medians (sums of their lowest and highest windows)");
        for (var silos = 1; silos <= arguments.Number("silos", Silos); silos++)
        {
            // Each queue stays with the silo that its load is on.
            await using var cluster = await SiloCluster.StartAsync(arguments, silos, "--Broker:Balance:Interval", "0");
            if (cluster is null)
            {
                return 1;
            }

            foreach (var load in loads)
            {
                var rates = await Task.WhenAll(cluster.Silos.Select((silo, i) => MeasureAsync(load, silo, $"{load.Name}-{i}", options)));
                Console.WriteLine($"{silos} silos: {load.Title,-45} {Text(Sum(rates))}");
            }

            if (silos == 2)
            {
                foreach (var load in loads)
                {
                    await CompareRemoteAsync(load, cluster, options, arguments.Number("turns", 3));
                }
            }
        }

        return 0;
    }

    private static async Task CompareRemoteAsync(TrafficLoad load, SiloCluster cluster, string[] options, int turns)
    {
        var (silo, other) = (cluster.Silos[0], cluster.Silos[1]);
        List<double> own = [], remote = [];
        for (var turn = 0; turn < turns; turn++)
        {
            foreach (var (holder, rates) in new[] { (silo, own), (other, remote) })
            {
                var name = $"{load.Name}-{(holder == silo ? "own" : "remote")}-{turn}";
                await OpenAsync(load, holder, name);
                rates.Add((await MeasureAsync(load, silo, name, options)).Median);
                if (await HolderAsync(silo, name) != await NameAsync(holder))
                {
                    throw new InvalidOperationException("The queue did not stay where it was opened.");
                }
            }
        }

        Console.WriteLine($"Through the client's own silo:  {load.Title,-45} {Text(Spread.Of(own))}");
        Console.WriteLine($"Through a queue of another one: {load.Title,-45} {Text(Spread.Of(remote))}  {Spread.Of(remote).Median / Spread.Of(own).Median:0%}");
    }

    /// <summary>Declares a load's queue with a silo and looks into it there: that is where it opens.</summary>
    private static async Task OpenAsync(TrafficLoad load, ClusterSilo silo, string name)
    {
        using (var meter = new ServerMeter(silo.Id))
        {
            (load with { Name = name }).Declare(new TargetServer(silo.AmqpPort, meter, 0, 0, 0, null));
        }

        await using var connection = await Connection.OpenAsync(silo.Address);
        await connection.GetQueueAsync($"{name}.0");
    }

    private static async Task<Spread> MeasureAsync(TrafficLoad load, ClusterSilo silo, string name, string[] options)
    {
        var figures = await AmqpLoadProcess.MeasureAsync(load, silo.AmqpPort, silo.Id, [.. options, "--as", name]);
        return figures.Failures is [] ? figures.Delivered! : throw new InvalidOperationException(string.Join("; ", figures.Failures));
    }

    private static async Task<string> HolderAsync(ClusterSilo silo, string name) => (string)(await silo.GetAsync($"queues/%2F/{name}.0"))["node"]!;

    private static async Task<string> NameAsync(ClusterSilo silo) => (string)(await silo.GetAsync("overview"))["node"]!;

    private static Spread Sum(Spread[] rates) => new(rates.Sum(rate => rate.Median), rates.Sum(rate => rate.Low), rates.Sum(rate => rate.High));

    private static string Text(Spread rates) =>
        string.Create(CultureInfo.InvariantCulture, $"{rates.Median,9:N0}/s ({rates.Low:N0} to {rates.High:N0})");
}
