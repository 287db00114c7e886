using System.Text.Json;
using OrleansBroker.Benchmarks.Amqp.Loads;
using OrleansBroker.Benchmarks.Amqp.Servers;
using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Amqp;

/// <summary>A load in a process of its own, so that the processor time of its clients is not the server's.</summary>
internal static class AmqpLoadProcess
{
    /// <summary>What the process runs; it writes its figures as one line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var load = AmqpLoads.All.Single(one => one.Name == arguments.Text("load"));
        if (load is TrafficLoad traffic && arguments.Text("as") is { } name)
        {
            load = traffic with { Name = name };
        }

        using var server = new ServerMeter(arguments.Number("server", 0));
        var target = new TargetServer(
            arguments.Number("port", 5672),
            server,
            arguments.Number("seconds", AmqpBenchmark.DefaultSeconds),
            arguments.Number("warmup", AmqpBenchmark.DefaultWarmUp),
            arguments.Number("stall", AmqpBenchmark.DefaultStall),
            arguments.Text("queue-type"));
        Figures figures;
        try
        {
            figures = await load.RunAsync(target);
        }
        catch (Exception failure)
        {
            figures = Figures.Failed(failure.Message);
        }

        Console.WriteLine(JsonSerializer.Serialize(figures));
        return 0;
    }

    /// <summary>Starts the process and waits for its figures.</summary>
    /// <param name="load">The load.</param>
    /// <param name="server">The server.</param>
    /// <param name="options">Further options of the command.</param>
    public static Task<Figures> MeasureAsync(IAmqpLoad load, AmqpServer server, IEnumerable<string> options) =>
        MeasureAsync(load, server.Port, server.Id, options);

    /// <summary>Starts the process and waits for its figures.</summary>
    /// <param name="load">The load.</param>
    /// <param name="port">The server's AMQP port.</param>
    /// <param name="server">The server's process.</param>
    /// <param name="options">Further options of the command; <c>--as</c> gives a load of traffic another name for its exchange and queues.</param>
    public static async Task<Figures> MeasureAsync(IAmqpLoad load, int port, int server, IEnumerable<string> options)
    {
        var start = ProgramStart.Of(["amqp-load", "--load", load.Name, "--port", $"{port}", "--server", $"{server}", .. options]);
        start.RedirectStandardOutput = true;
        using var process = System.Diagnostics.Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        return line is null
            ? Figures.Failed("the load ended without figures")
            : JsonSerializer.Deserialize<Figures>(line)!;
    }
}
