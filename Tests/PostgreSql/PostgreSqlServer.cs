using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using OrleansBroker.Storage.PostgreSql;

namespace OrleansBroker.Tests.PostgreSql;

/// <summary>
/// A real server for tests: the one that <c>ORLEANSBROKER_POSTGRESQL</c> names, else one of its own, of Debian's package, in a
/// temporary folder and on a free port of loopback.
/// </summary>
public sealed class PostgreSqlServer : IAsyncLifetime
{
    private const string Variable = "ORLEANSBROKER_POSTGRESQL";

    private readonly bool _ignoreNamed;
    private string? _folder;
    private string? _connectionString;
    private int _schemas;

    public PostgreSqlServer()
    {
    }

    /// <summary>One that is to be stopped and started, which a named one is not.</summary>
    internal PostgreSqlServer(bool ignoreNamed) => _ignoreNamed = ignoreNamed;

    /// <summary>Why tests cannot run here; null where they can. In CI they always run.</summary>
    public static string? Absence =>
        Environment.GetEnvironmentVariable("CI") == "true" || Named is not null || Programs is not null
            ? null
            : $"There is no PostgreSQL server: install one (apt-get install postgresql), or name one in {Variable}.";

    /// <summary>What a client connects with.</summary>
    public string ConnectionString => _connectionString ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>Why tests that start a server of their own cannot run here; null where they can.</summary>
    public static string? ProgramsAbsence =>
        Environment.GetEnvironmentVariable("CI") == "true" || Programs is not null
            ? null
            : "PostgreSQL's programs are not here: install them (apt-get install postgresql).";

    private static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;

    private static string? Programs => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    public async Task InitializeAsync()
    {
        if (Absence is not null)
        {
            return;
        }

        _connectionString = _ignoreNamed ? null : Named;
        if (_connectionString is null)
        {
            _folder = Directory.CreateTempSubdirectory("orleansbroker-postgresql-").FullName;
            if (Environment.UserName == "root")
            {
                await RunAsync("chown", "postgres", _folder);
            }

            await RunProgramAsync("initdb", "-D", Data, "-A", "trust", "-U", "postgres", "--no-sync");
            var port = FreePort();
            _connectionString = $"Host=127.0.0.1;Port={port};Database=postgres;Username=postgres";
            await File.AppendAllTextAsync(
                Path.Combine(Data, "postgresql.conf"),
                $"port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{_folder}'\nmax_connections = 300\n");
            await StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_folder is not null)
        {
            await StopAsync("immediate");
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>A schema that nobody has used.</summary>
    internal string NewSchema() => $"test_{Environment.ProcessId}_{Environment.TickCount64}_{Interlocked.Increment(ref _schemas)}";

    /// <summary>A store in a schema of its own, or in one that is given.</summary>
    internal Task<PostgreSqlStore> OpenStoreAsync(string? schema = null, Action<PostgreSqlOptions>? configure = null)
    {
        var options = new PostgreSqlOptions { ConnectionString = ConnectionString, Schema = schema ?? NewSchema() };
        configure?.Invoke(options);
        return PostgreSqlStore.OpenAsync(options);
    }

    /// <summary>A connection besides the stores', with the schema's tables in its path.</summary>
    internal async Task<NpgsqlConnection> ConnectAsync(string schema, string application = "test")
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            SearchPath = schema,
            ApplicationName = application,
            Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>What one statement returns.</summary>
    internal async Task<object?> QueryAsync(string schema, string sql)
    {
        await using var connection = await ConnectAsync(schema);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    internal Task StartAsync(string options = "") =>
        RunProgramAsync("pg_ctl", "-D", Data, "-l", Path.Combine(_folder!, "log"), "-o", options, "-w", "start");

    internal Task StopAsync(string mode) => RunProgramAsync("pg_ctl", "-D", Data, "-m", mode, "-w", "stop");

    private string Data => Path.Combine(_folder!, "data");

    // The server refuses to run as root.
    private static Task RunProgramAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(Programs ?? throw new InvalidOperationException("CI has to install PostgreSQL."), program);
        return Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Its output goes nowhere: the server inherits the handles, and reading them to the end would wait for its end.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments])
        {
            WorkingDirectory = "/",
        })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Tests that use one server, one after the other.</summary>
[CollectionDefinition(Name)]
public class PostgreSqlCollection : ICollectionFixture<PostgreSqlServer>
{
    public const string Name = "PostgreSQL";
}

/// <summary>A test that needs a PostgreSQL server.</summary>
public sealed class PostgreSqlFactAttribute : FactAttribute
{
    public PostgreSqlFactAttribute() => Skip = PostgreSqlServer.Absence;

    /// <summary>Whether it starts a server of its own.</summary>
    public bool StartsServer
    {
        get => false;
        set => Skip ??= value ? PostgreSqlServer.ProgramsAbsence : null;
    }
}

/// <summary>A test with data that needs a PostgreSQL server.</summary>
public sealed class PostgreSqlTheoryAttribute : TheoryAttribute
{
    public PostgreSqlTheoryAttribute() => Skip = PostgreSqlServer.Absence;
}
