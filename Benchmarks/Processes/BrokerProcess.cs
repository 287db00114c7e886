using System.Diagnostics;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Benchmarks.Processes;

/// <summary>A broker in a process of its own: this program again, embedding one, until its input is closed.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BrokerProcess(Process process, string address)
    {
        _process = process;
        Address = address;
    }

    public string Address { get; }

    public int Id => _process.Id;

    /// <summary>Octets of memory that the process has resident.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<BrokerProcess> StartAsync(string? folder = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(BrokerProcess).Assembly.Location);
        }

        start.ArgumentList.Add("broker");
        if (folder is not null)
        {
            start.ArgumentList.Add("--folder");
            start.ArgumentList.Add(folder);
        }

        var process = Process.Start(start)!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The broker did not start.");
        return new BrokerProcess(process, address);
    }

    /// <summary>What the other process runs.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var broker = await EmbeddedBroker.StartAsync(StoreProvider.RocksDb, new Arguments(args).Text("folder"));
        Console.WriteLine(broker.Address);
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Whoever asks for the memory in use does not ask for garbage that no collection has come across yet.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Console.WriteLine(GC.GetTotalMemory(forceFullCollection: true));
        }

        return 0;
    }

    /// <summary>Has the process collect its garbage, and returns the octets that its managed heap keeps.</summary>
    public async Task<long> CollectAsync()
    {
        await _process.StandardInput.WriteLineAsync("collect");
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The broker ended.");
        return long.Parse(line, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ends it as a failing machine does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
            await _process.WaitForExitAsync(patience.Token);
        }

        _process.Dispose();
    }
}
