using OrleansBroker.Tests.SiloProcesses;

namespace OrleansBroker.Tests.PostgreSql;

/// <summary>A test of real silos that share a database, with a schema of its own.</summary>
public abstract class SharedDatabaseTest : IAsyncLifetime
{
    private readonly PostgreSqlServer _server = new();
    private string _schema = "";

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        _schema = _server.NewSchema();
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    /// <summary>Starts a silo of the cluster, with settings of its own besides.</summary>
    private protected Task<SiloProcess> StartAsync(params string[] arguments) => SiloProcess.StartAsync([
        "--Broker:Store:Provider", "PostgreSql", "--Broker:Store:ConnectionString", _server.ConnectionString, "--Broker:Store:Schema", _schema, .. arguments]);

    /// <summary>Asks the database.</summary>
    private protected Task<object?> QueryAsync(string sql) => _server.QueryAsync(_schema, sql);
}
