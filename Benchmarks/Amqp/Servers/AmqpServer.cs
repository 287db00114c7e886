using System.Diagnostics;
using System.Globalization;
using OrleansBroker.Benchmarks.Processes;

namespace OrleansBroker.Benchmarks.Amqp.Servers;

/// <summary>A server in a process of its own, on free ports of 127.0.0.1 and with its data in a temporary folder that goes with it.</summary>
internal sealed class AmqpServer : IAsyncDisposable
{
    // RabbitMQ may have to be installed first.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly string _folder;
    private readonly bool _stopsWithInput;

    private AmqpServer(Process process, int port, int id, string folder, bool stopsWithInput)
    {
        _process = process;
        Port = port;
        Id = id;
        _folder = folder;
        _stopsWithInput = stopsWithInput;
    }

    public int Port { get; }

    /// <summary>The port of the HTTP API; 0 where it has none.</summary>
    public int HttpPort { get; private init; }

    /// <summary>The port of native clients; 0 where it has none.</summary>
    public int GatewayPort { get; private init; }

    /// <summary>The process whose time and memory count.</summary>
    public int Id { get; }

    /// <summary>The silo that was built with this program, as it is shipped.</summary>
    public static Task<AmqpServer> StartSiloAsync()
    {
        var ports = FreePorts.Take(4);
        // Benchmarks/bin/<configuration>/<framework>: the silo beside it is of the same build.
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = own.Parent!.Parent!.Parent!.Parent!.FullName;
        var silo = Path.Combine(root, "Silo", "bin", own.Parent.Name, own.Name, "OrleansBroker.Silo.dll");
        var start = new ProcessStartInfo(
            "dotnet",
            [
                silo,
                "--Broker:Amqp:Port", Text(ports[0]),
                "--Broker:Management:Port", Text(ports[1]),
                "--Broker:Silo:Port", Text(ports[2]),
                "--Broker:Silo:GatewayPort", Text(ports[3]),
                "--Broker:Prometheus:Port", "0",
            ]);
        return StartAsync(start, ports[0], "Server startup complete", stopsWithInput: false, ports[1], ports[3]);
    }

    /// <summary>Debian's RabbitMQ, which is installed where it is missing.</summary>
    public static Task<AmqpServer> StartRabbitMqAsync()
    {
        var ports = FreePorts.Take(3);
        var script = Path.Combine(AppContext.BaseDirectory, "Amqp", "Servers", "rabbitmq.sh");
        return StartAsync(new ProcessStartInfo("bash", [script, .. ports.Select(Text)]), ports[0], "ready ", stopsWithInput: true);
    }

    /// <summary>What the machine moves with no broker between.</summary>
    public static Task<AmqpServer> StartRelayAsync()
    {
        var port = FreePorts.Take(1)[0];
        return StartAsync(ProgramStart.Of("amqp-relay", "--port", Text(port)), port, "ready", stopsWithInput: true);
    }

    public async ValueTask DisposeAsync()
    {
        // Its data is of no more use: what can stop at once does.
        if (!_stopsWithInput)
        {
            _process.Kill();
        }

        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await _process.WaitForExitAsync(patience.Token);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<AmqpServer> StartAsync(ProcessStartInfo start, int port, string readyLine, bool stopsWithInput, int httpPort = 0, int gatewayPort = 0)
    {
        var folder = Directory.CreateTempSubdirectory("orleansbroker-benchmark-").FullName;
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        var process = new Process { StartInfo = start };
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException($"{start.FileName} {start.ArgumentList[0]} ended before it was ready."));
            }
            else if (line.Data.Contains(readyLine, StringComparison.Ordinal))
            {
                ready.TrySetResult(line.Data);
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        try
        {
            var said = await ready.Task.WaitAsync(Patience, TimeProvider.System);
            // The script's line ends with the id of the process that it started.
            var id = int.TryParse(said.Split(' ')[^1], CultureInfo.InvariantCulture, out var told) ? told : process.Id;
            return new AmqpServer(process, port, id, folder, stopsWithInput) { HttpPort = httpPort, GatewayPort = gatewayPort };
        }
        catch
        {
            await new AmqpServer(process, port, process.Id, folder, stopsWithInput).DisposeAsync();
            throw;
        }
    }
}
