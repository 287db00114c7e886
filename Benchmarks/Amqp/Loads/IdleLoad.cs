using OrleansBroker.Benchmarks.Amqp.Clients;

namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>
/// Things that are made one after another and left alone: how fast, and what each takes of the server's memory once it is idle.
/// </summary>
/// <param name="Name">What <c>--only</c> calls it.</param>
/// <param name="Title">What the table calls it.</param>
/// <param name="Count">How many.</param>
/// <param name="Settle">Seconds that the server gets to forget what it needs for idle things no more.</param>
/// <param name="Make">What is made; it gets a connection of its own and the thing's number, and returns whether it keeps the connection.</param>
internal sealed record IdleLoad(string Name, string Title, int Count, int Settle, Action<TargetServer, List<WireConnection>, int> Make) : IAmqpLoad
{
    // So many are made before: the code is then compiled, and the memory that it takes is not counted.
    private const int WarmUp = 200;

    public bool HasLimit => false;

    public bool HasQuorum => false;

    /// <summary>Durable queues, declared over one connection.</summary>
    public static void DeclareQueue(TargetServer target, List<WireConnection> open, int number)
    {
        if (open.Count == 0)
        {
            open.Add(WireConnection.Open(target.Port));
        }

        open[0].DeclareQueue($"idle.{number}", durable: true);
    }

    /// <summary>Connections with a channel each.</summary>
    public static void Connect(TargetServer target, List<WireConnection> open, int number) => open.Add(WireConnection.Open(target.Port));

    public async Task<Figures> RunAsync(TargetServer target)
    {
        var open = new List<WireConnection>();
        for (var i = 0; i < WarmUp; i++)
        {
            Make(target, open, i);
        }

        await Task.Delay(TimeSpan.FromSeconds(target.WarmUp), TimeProvider.System);
        var before = target.Server.ResidentMebibytes;
        var processor = target.Server.ProcessorTime;
        var latencies = new LatencyHistogram();
        var started = TimeProvider.System.GetTimestamp();
        for (var i = WarmUp; i < WarmUp + Count; i++)
        {
            var one = TimeProvider.System.GetTimestamp();
            Make(target, open, i);
            latencies.Add(TimeProvider.System.GetElapsedTime(one));
        }

        var rate = Count / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        processor = target.Server.ProcessorTime - processor;
        var most = target.Server.ResidentMebibytes;
        await Task.Delay(TimeSpan.FromSeconds(Settle), TimeProvider.System);
        var idle = target.Server.ResidentMebibytes;
        open.ForEach(connection => connection.Dispose());
        return new Figures(
            new Spread(rate, rate, rate),
            null,
            latencies.Summary(),
            processor.TotalMicroseconds / Count,
            Math.Max(most, idle),
            (idle - before) * 1024 / Count,
            [],
            []);
    }
}
