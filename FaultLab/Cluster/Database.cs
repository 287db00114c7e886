using System.Globalization;
using Npgsql;
using OrleansBroker.FaultLab.Runs;

namespace OrleansBroker.FaultLab.Cluster;

/// <summary>The PostgreSQL server of a run, of Debian's package, on a machine of its own.</summary>
internal sealed class Database : IAsyncDisposable
{
    private const string Schema = "orleansbroker";
    private const int StartAttempts = 60;

    private readonly string _log;
    private readonly string _data;
    private readonly int _port;
    private readonly RunLog _runLog;

    private Database(Machine machine, LoopDisk? disk, string folder, string log, int port, RunLog runLog)
    {
        Machine = machine;
        Disk = disk;
        _log = log;
        _data = Path.Combine(folder, "data");
        _port = port;
        _runLog = runLog;
    }

    /// <summary>The machine it runs on.</summary>
    public Machine Machine { get; }

    /// <summary>The file system of its data; null where mounting is not allowed.</summary>
    public LoopDisk? Disk { get; }

    /// <summary>What silos connect with.</summary>
    public string ConnectionString => $"Host={Machine.Address};Port={_port};Database=postgres;Username=postgres";

    private static string Programs => (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [])
        .Select(version => Path.Combine(version, "bin"))
        .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
        .Order(StringComparer.Ordinal)
        .LastOrDefault() ?? throw new LabException("PostgreSQL's programs are not here: install them (apt-get install postgresql).");

    // The server refuses to run as root.
    private static string[] AsItsUser => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

    /// <summary>Makes a server and starts it.</summary>
    public static async Task<Database> StartNewAsync(Machine machine, LoopDisk? disk, string folder, string log, int port, RunLog runLog)
    {
        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess)
        {
            await HostCommand.RunAsync("chown", "postgres", folder);
            await File.AppendAllTextAsync(log, "");
            await HostCommand.RunAsync("chown", "postgres", log);
        }

        var database = new Database(machine, disk, folder, log, port, runLog);
        await HostCommand.RunAsync(AsItsUser.FirstOrDefault() ?? Path.Combine(Programs, "initdb"), [.. AsItsUser.Skip(1),
            .. AsItsUser.Length == 0 ? Array.Empty<string>() : [Path.Combine(Programs, "initdb")],
            "-D", database._data, "-A", "trust", "-U", "postgres", "--no-sync"]);
        await File.AppendAllTextAsync(Path.Combine(database._data, "pg_hba.conf"), "host all all all trust\n");
        await File.AppendAllTextAsync(
            Path.Combine(database._data, "postgresql.conf"),
            $"port = {port}\nlisten_addresses = '{machine.Address}'\nunix_socket_directories = ''\nmax_connections = 300\nmax_wal_size = 256MB\nlog_line_prefix = '%m [%p] '\n");
        await database.StartAsync();
        return database;
    }

    /// <summary>Starts it where it is not running, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        using var pause = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var attempt = 0; attempt < StartAttempts; attempt++)
        {
            // After a kill its children may be about to end, and after a full disk it may still be ending by itself: then this fails.
            if (await AnswersAsync() || await ControlAsync("start", "-l", _log) == 0)
            {
                return;
            }

            await pause.WaitForNextTickAsync();
        }

        throw new LabException($"PostgreSQL does not start; see {_log}.");
    }

    /// <summary><c>pg_ctl restart -m immediate</c>: its processes end without a word, and it recovers from its log.</summary>
    public async Task RestartAsync()
    {
        if (await ControlAsync("restart", "-m", "immediate", "-l", _log) != 0)
        {
            await StartAsync();
        }
    }

    /// <summary>SIGKILL of its first process; the others end when they see that.</summary>
    public Task KillAsync() => HostCommand.SignalAsync(ProcessId(), "KILL");

    /// <summary>Which members the table of members holds for alive, by address and port: each one's latest row. Null where it does not answer.</summary>
    public async Task<IReadOnlyDictionary<string, bool>?> MembersAsync()
    {
        try
        {
            return await ReadMembersAsync();
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            _runLog.Write($"The database does not say who is a member: {failure.Message}");
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (await ControlAsync("stop", "-m", "immediate") != 0)
        {
            _runLog.Write("PostgreSQL was not running at the end.");
        }

        if (Disk is not null)
        {
            await Disk.DisposeAsync();
        }
    }

    private async Task<Dictionary<string, bool>> ReadMembersAsync()
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(
            $"select distinct on (address, port) address || ':' || port, status from {Schema}.membership order by address, port, generation desc",
            connection);
        await using var rows = await command.ExecuteReaderAsync();
        var members = new Dictionary<string, bool>();
        while (await rows.ReadAsync())
        {
            const int active = 3;
            members[rows.GetString(0)] = rows.GetInt32(1) == active;
        }

        return members;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = await ConnectAsync();
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync();
            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;Timeout=2;Command Timeout=5");
        await connection.OpenAsync();
        return connection;
    }

    private int ProcessId() => int.Parse(File.ReadLines(Path.Combine(_data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private Task<int> ControlAsync(string verb, params string[] options) => HostCommand.RunDetachedAsync(
        _log, [.. Machine.Enter, .. AsItsUser, Path.Combine(Programs, "pg_ctl"), verb, "-D", _data, "-w", .. options]);
}
