using System.Net;
using System.Net.Sockets;
using OrleansBroker.FaultLab.Runs;

namespace OrleansBroker.FaultLab.Cluster;

/// <summary>Everything of a run that faults can happen to: machines, silos, the database or the disk.</summary>
internal sealed class LabCluster : IAsyncDisposable
{
    private const int SilosOfCluster = 3;
    private const int FirstSilo = 11;
    private const int DatabaseNumber = 21;
    private const int DatabasePort = 5432;

    // Sparse: only what is written takes place. Some hundred times what a run has at a time.
    private const int DiskMebibytes = 1536;

    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(200);

    // A silo that others have declared dead says for some seconds that it is well, until it reads so itself.
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(4);

    private readonly ClusterPlan _plan;
    private readonly RunLog _log;
    private readonly List<SiloNode> _silos = [];

    private LabCluster(ClusterPlan plan, LabNetwork network, RunLog log)
    {
        _plan = plan;
        Network = network;
        _log = log;
    }

    /// <summary>The machines.</summary>
    public LabNetwork Network { get; }

    /// <summary>The silos.</summary>
    public IReadOnlyList<SiloNode> Silos => _silos;

    /// <summary>The shared store; null where a silo has its own.</summary>
    public Database? Database { get; private set; }

    /// <summary>The disk that the store is on; null where mounting is not allowed.</summary>
    public LoopDisk? Disk { get; private set; }

    /// <summary>Where what happens is said.</summary>
    public RunLog Log => _log;

    /// <summary>Starts everything and waits until it takes messages.</summary>
    public static async Task<LabCluster> StartAsync(ClusterPlan plan, RunLog log, CancellationToken cancellationToken)
    {
        var cluster = new LabCluster(plan, NeedsNetwork(plan) ? await LabNetwork.OpenAsync() : LabNetwork.Loopback(), log);
        try
        {
            await cluster.BuildAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Ends whatever was done to it, and waits until every silo runs, takes messages and is a member that the others hold for alive.
    /// </summary>
    /// <returns>What is still not well when the time is up; null when everything is.</returns>
    public async Task<string?> HealAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        await MendAsync();
        Disk?.Free();
        if (Database is not null)
        {
            await Database.StartAsync();
        }

        foreach (var silo in _silos)
        {
            await silo.ResumeAsync();
            silo.SetClock(TimeSpan.Zero);
            silo.Start();
        }

        return await WaitUntilWellAsync(limit, cancellationToken);
    }

    /// <summary>Waits until everything has been well for some seconds.</summary>
    /// <returns>What is still not well when the time is up; null when everything is.</returns>
    public async Task<string?> WaitUntilWellAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        var well = begun;
        var ends = Ends;
        string? trouble = null;
        while (time.GetElapsedTime(begun) < limit)
        {
            trouble = await TroubleAsync(cancellationToken);
            if (trouble is not null || ends != Ends)
            {
                (well, ends) = (time.GetTimestamp(), Ends);
            }
            else if (time.GetElapsedTime(well) >= Steady)
            {
                return null;
            }

            await Task.Delay(PollPause, time, cancellationToken);
        }

        return trouble ?? "silos keep ending";
    }

    /// <summary>Cuts what one machine sends to another, and what comes back where that is asked for.</summary>
    public static async Task CutAsync(Machine from, Machine to, bool bothWays)
    {
        await LabNetwork.CutAsync(from, to);
        if (bothWays)
        {
            await LabNetwork.CutAsync(to, from);
        }
    }

    /// <summary>Every machine reaches every other one again.</summary>
    public async Task MendAsync()
    {
        var machines = _silos.Select(silo => silo.Machine).Concat(Database is null ? [] : [Database.Machine]).ToList();
        foreach (var from in machines)
        {
            foreach (var to in machines.Where(machine => machine != from))
            {
                await LabNetwork.MendAsync(from, to);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }

        if (Database is not null)
        {
            await Database.DisposeAsync();
        }
        else if (Disk is not null)
        {
            await Disk.DisposeAsync();
        }

        await Network.DisposeAsync();
    }

    // One silo is by itself: on loopback, where its native clients reach it by the address that it knows itself by.
    private static bool NeedsNetwork(ClusterPlan plan) => !plan.Loopback && plan.Topology == Topology.Cluster;

    private int Ends => _silos.Sum(silo => silo.Ends);

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        if (!_plan.Loopback)
        {
            Disk = await LoopDisk.CreateAsync(_plan.Folder, "disk", DiskMebibytes);
        }

        var store = Disk?.Folder ?? Path.Combine(_plan.Folder, "disk");
        if (_plan.Topology == Topology.Cluster)
        {
            var machine = await Network.AddAsync("db", DatabaseNumber);
            var port = _plan.Loopback ? FreePorts(1)[0] : DatabasePort;
            Database = await Database.StartNewAsync(machine, Disk, Path.Combine(store, "postgresql"), LogOf("postgresql"), port, _log);
        }

        for (var i = 0; i < (_plan.Topology == Topology.Cluster ? SilosOfCluster : 1); i++)
        {
            var machine = await Network.AddAsync($"silo{i + 1}", FirstSilo + i);
            _silos.Add(new SiloNode(SettingsOf(machine, Path.Combine(store, "broker")), _log));
        }

        _silos.ForEach(silo => silo.Start());
        if (await WaitUntilWellAsync(_plan.StartPatience, cancellationToken) is { } trouble)
        {
            throw new LabException($"The start failed: {trouble}; see the logs in {_plan.Folder}.");
        }
    }

    private SiloSettings SettingsOf(Machine machine, string store)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_plan.Folder, machine.Name)).FullName;
        string[] settings = Database is null
            // Small, so that table files are written and compacted in a short run, and a disk of the lab's size can be full.
            ? ["--Broker:Store:Path", store, "--Broker:Store:WriteBufferBytes", "8388608", "--Broker:Store:MinimumFreeDisk", $"{StoreReserve}", "--Broker:Amqp:DiskFreeLimit", $"{2 * StoreReserve}"]
            : ["--Broker:Store:Provider", "PostgreSql", "--Broker:Store:ConnectionString", Database.ConnectionString, "--Broker:Silo:Address", machine.Address,
                .. _plan.UsualDetection ? Array.Empty<string>() : ["--Broker:Cluster:ProbeTimeout", "00:00:01"]];
        return new SiloSettings
        {
            Machine = machine,
            Ports = machine.Namespace is null ? FreeSiloPorts() : SiloPorts.Usual,
            Folder = folder,
            Log = LogOf(machine.Name),
            MovesClock = _plan.MovesClock,
            Settings = settings,
        };
    }

    /// <summary>What the embedded store keeps free of its disk, in octets.</summary>
    public const long StoreReserve = 64 * 1024 * 1024;

    private string LogOf(string name) => Path.Combine(_plan.Folder, $"{name}.log");

    private async Task<string?> TroubleAsync(CancellationToken cancellationToken)
    {
        foreach (var silo in _silos)
        {
            if (!await silo.IsReadyAsync(cancellationToken))
            {
                return $"{silo.Name} is not ready";
            }
        }

        if (Database is null)
        {
            return null;
        }

        if (await Database.MembersAsync() is not { } members)
        {
            return "the database does not answer";
        }

        return _silos.FirstOrDefault(silo => !members.GetValueOrDefault($"{silo.Machine.Address}:{silo.Ports.Silo}")) is { } dead
            ? $"{dead.Name} is no member"
            : null;
    }

    private static SiloPorts FreeSiloPorts() => FreePorts(4) is [var amqp, var gateway, var silo, var http]
        ? new SiloPorts(amqp, gateway, silo, http)
        : throw new LabException("There are no free ports.");

    private static int[] FreePorts(int count)
    {
        // All are held until the last is found, so that no two are the same.
        var sockets = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        sockets.ForEach(socket => socket.Start());
        var ports = sockets.Select(socket => ((IPEndPoint)socket.LocalEndpoint).Port).ToArray();
        sockets.ForEach(socket => socket.Dispose());
        return ports;
    }
}
