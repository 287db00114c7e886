using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Clusters;

/// <summary>Silos that share a schema of their own in the database that <c>--connection</c> names.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private readonly string _connection;
    private readonly string _schema = $"benchmark_{Environment.ProcessId}_{Environment.TickCount64}";
    private readonly List<ClusterSilo> _silos = [];

    private SiloCluster(string connection) => _connection = connection;

    public IReadOnlyList<ClusterSilo> Silos => _silos;

    /// <summary>Starts silos one after the other; null, with a word on the error stream, where no database is named.</summary>
    public static async Task<SiloCluster?> StartAsync(Arguments arguments, int silos, params string[] settings)
    {
        if (arguments.Text("connection") is not { } connection)
        {
            await Console.Error.WriteLineAsync("--connection is missing: Npgsql's, of a PostgreSQL server and a database that may be written to.");
            return null;
        }

        var cluster = new SiloCluster(connection);
        for (var i = 0; i < silos; i++)
        {
            await cluster.AddAsync(settings);
        }

        return cluster;
    }

    public async Task<ClusterSilo> AddAsync(params string[] settings)
    {
        var silo = await ClusterSilo.StartAsync(_connection, _schema, settings);
        _silos.Add(silo);
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }
    }
}
