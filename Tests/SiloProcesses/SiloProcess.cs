using System.Net;
using System.Net.Sockets;

namespace OrleansBroker.Tests.SiloProcesses;

/// <summary>
/// A real silo, started as an operator starts one, on free ports and in a folder of its own. It can be killed and started again
/// on the same ports and data.
/// </summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly string[] _arguments;
    private ChildProcess? _process;

    public SiloProcess(params string[] arguments)
    {
        Folder = Directory.CreateTempSubdirectory("orleansbroker-").FullName;
        var ports = FreePorts(4);
        (SiloPort, GatewayPort, HttpPort, AmqpPort) = (ports[0], ports[1], ports[2], ports[3]);
        _arguments =
        [
            "--Broker:Silo:Port", $"{SiloPort}",
            "--Broker:Silo:GatewayPort", $"{GatewayPort}",
            "--Broker:Management:Port", $"{HttpPort}",
            "--Broker:Amqp:Port", $"{AmqpPort}",
            // Off, where a test does not ask for it.
            "--Broker:Prometheus:Port", "0",
            .. arguments,
        ];
    }

    /// <summary>Variables besides those of the tests.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The working directory; the data is in <c>data</c> below it.</summary>
    public string Folder { get; }

    public int SiloPort { get; }

    public int GatewayPort { get; }

    public int HttpPort { get; }

    public int AmqpPort { get; }

    /// <summary>What a client opens.</summary>
    public string Address => $"localhost:{GatewayPort}";

    public TimeSpan ProcessorTime => _process!.ProcessorTime;

    public string Output => _process!.Output;

    public string Errors => _process!.Errors;

    /// <summary>A silo that is ready.</summary>
    public static async Task<SiloProcess> StartAsync(params string[] arguments)
    {
        var silo = new SiloProcess(arguments);
        await silo.StartAsync();
        return silo;
    }

    /// <summary>Starts the process and waits for the ready line.</summary>
    public async Task StartAsync()
    {
        await LaunchAsync();
        await _process!.WaitForLineAsync("Server startup complete");
    }

    /// <summary>Starts the process and waits for its end: for starts that are to fail.</summary>
    public async Task<int> RunToEndAsync()
    {
        await LaunchAsync();
        return await _process!.WaitForExitAsync();
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>SIGTERM, and the exit code.</summary>
    public Task<int> TerminateAsync() => _process!.TerminateAsync();

    /// <summary>Nothing of it runs until it is resumed, and everything of it is still there.</summary>
    public Task PauseAsync() => _process!.SignalAsync("STOP");

    /// <summary>It goes on, and does not know that time has passed.</summary>
    public Task ResumeAsync() => _process!.SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static int[] FreePorts(int count)
    {
        // All are held until the last is found, so that no two are the same.
        var sockets = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        sockets.ForEach(socket => socket.Start());
        var ports = sockets.Select(socket => ((IPEndPoint)socket.LocalEndpoint).Port).ToArray();
        sockets.ForEach(socket => socket.Dispose());
        return ports;
    }

    private async Task LaunchAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _process = ChildProcess.Start("Silo", Folder, Environment, _arguments);
    }
}
