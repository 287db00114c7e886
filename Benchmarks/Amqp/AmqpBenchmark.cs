using OrleansBroker.Benchmarks.Amqp.Loads;
using OrleansBroker.Benchmarks.Amqp.Servers;
using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Amqp;

/// <summary>
/// The same AMQP loads on this broker and on RabbitMQ, one after the other on the same machine, in one table. Every load gets servers
/// that were just started, so that none pays for what an earlier one left. Options: <c>--only</c> names of loads, with commas between;
/// <c>--seconds</c> that are measured (10), <c>--warmup</c> (5) and <c>--stall</c> (60) seconds, <c>--without-rabbitmq</c>, and
/// <c>--quorum</c> for RabbitMQ's quorum queues as well where messages are durable.
/// </summary>
internal static class AmqpBenchmark
{
    public const int DefaultSeconds = 10;
    public const int DefaultWarmUp = 5;
    public const int DefaultStall = 60;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var names = arguments.Text("only")?.Split(',') ?? [.. AmqpLoads.All.Select(load => load.Name)];
        if (names.Except(AmqpLoads.All.Select(load => load.Name)).FirstOrDefault() is { } unknown)
        {
            await Console.Error.WriteLineAsync($"'{unknown}' is no load; there are: {string.Join(", ", AmqpLoads.All.Select(load => load.Name))}");
            return 1;
        }

        string[] options =
        [
            "--seconds", $"{arguments.Number("seconds", DefaultSeconds)}",
            "--warmup", $"{arguments.Number("warmup", DefaultWarmUp)}",
            "--stall", $"{arguments.Number("stall", DefaultStall)}",
        ];
        var table = new FiguresTable(Console.Out);
        table.WriteHeader();
        foreach (var load in AmqpLoads.All.Where(load => names.Contains(load.Name)))
        {
            var own = await MeasureAsync(table, load, "OrleansBroker", AmqpServer.StartSiloAsync, options);
            if (!arguments.Has("without-rabbitmq"))
            {
                var other = await MeasureAsync(table, load, "RabbitMQ", AmqpServer.StartRabbitMqAsync, options);
                table.WriteRatio("  of RabbitMQ", own, other);
                if (load.HasQuorum && arguments.Has("quorum"))
                {
                    var quorum = await MeasureAsync(table, load, "RabbitMQ, quorum", AmqpServer.StartRabbitMqAsync, [.. options, "--queue-type", "quorum"]);
                    table.WriteRatio("  of quorum", own, quorum);
                }
            }

            if (load.HasLimit)
            {
                var limit = await MeasureAsync(table, load, "no broker", AmqpServer.StartRelayAsync, options);
                table.WriteRatio("  of the limit", own, limit);
            }
        }

        table.WriteLegend();
        return table.HasFailures ? 1 : 0;
    }

    private static async Task<Figures> MeasureAsync(
        FiguresTable table, IAmqpLoad load, string name, Func<Task<AmqpServer>> start, IEnumerable<string> options)
    {
        await using var server = await start();
        var figures = await AmqpLoadProcess.MeasureAsync(load, server, options);
        table.Write(load.Title, name, figures);
        return figures;
    }
}
