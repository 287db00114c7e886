using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.Benchmarks.Processes;

namespace OrleansBroker.Benchmarks.Clusters;

/// <summary>A silo of a cluster over PostgreSQL, in a process of its own: it can be killed, told to stop, and started again.</summary>
internal sealed class ClusterSilo : IAsyncDisposable
{
    private const string Ready = "Server startup complete";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("orleansbroker-benchmark-").FullName;
    private readonly int[] _ports = FreePorts.Take(4);
    private readonly string[] _arguments;
    private Process? _process;

    private ClusterSilo(string connection, string schema, string[] arguments) => _arguments =
    [
        "--Broker:Store:Provider", "PostgreSql",
        "--Broker:Store:ConnectionString", connection,
        "--Broker:Store:Schema", schema,
        "--Broker:Amqp:Port", Text(_ports[0]),
        "--Broker:Management:Port", Text(_ports[1]),
        "--Broker:Silo:Port", Text(_ports[2]),
        "--Broker:Silo:GatewayPort", Text(_ports[3]),
        "--Broker:Prometheus:Port", "0",
        .. arguments,
    ];

    public int AmqpPort => _ports[0];

    /// <summary>The process' id.</summary>
    public int Id => _process!.Id;

    /// <summary>What a native client opens.</summary>
    public string Address => $"127.0.0.1:{Text(_ports[3])}";

    /// <summary>Octets of memory that the process has resident.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<ClusterSilo> StartAsync(string connection, string schema, params string[] arguments)
    {
        var silo = new ClusterSilo(connection, schema, arguments);
        await silo.StartAsync();
        return silo;
    }

    /// <summary>Starts the process and waits until it serves.</summary>
    public async Task StartAsync()
    {
        // Benchmarks/bin/<configuration>/<framework>: the silo beside it is of the same build.
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = own.Parent!.Parent!.Parent!.Parent!.FullName;
        var program = Path.Combine(root, "Silo", "bin", own.Parent.Name, own.Name, "OrleansBroker.Silo.dll");
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [program, .. _arguments]) { WorkingDirectory = _folder, RedirectStandardOutput = true },
        };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException("The silo ended before it was ready."));
            }
            else if (line.Data.Contains(Ready, StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        await ready.Task.WaitAsync(Patience, TimeProvider.System);
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task StopAsync()
    {
        using var signal = Process.Start("kill", ["-TERM", Text(_process!.Id)]);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await _process.WaitForExitAsync(patience.Token);
    }

    /// <summary>What the silo's HTTP API answers.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Text(_ports[1])}/api/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest")));
        return JsonNode.Parse(await http.GetStringAsync(path))!;
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
