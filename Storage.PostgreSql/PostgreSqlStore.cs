using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.PostgreSql.Connections;
using OrleansBroker.Storage.PostgreSql.Maintenance;
using OrleansBroker.Storage.PostgreSql.Schema;
using OrleansBroker.Storage.PostgreSql.Writing;

namespace OrleansBroker.Storage.PostgreSql;

/// <summary>The store that the silos of a cluster share, as one of them has it open.</summary>
public sealed class PostgreSqlStore : IAsyncDisposable, IDisposable
{
    private readonly Database _database;
    private readonly StoreWriter<QueueOperation>[] _queueWriters;
    private readonly StoreWriter<TopologyOperation> _topologyWriter;
    private readonly TableMaintenance _maintenance;
    private readonly StoreMetrics _metrics;
    private long _removed;
    private Task? _disposal;

    private PostgreSqlStore(Database database, long[] writers, int lockSpace, IFailStop failStop, IMeterFactory? meters, ILogger log)
    {
        _database = database;
        _metrics = new StoreMetrics(meters, database.Time);
        var surroundings = new StoreSurroundings(failStop, _metrics);
        var purge = new QueuePurge(database);
        _topologyWriter = new(database, surroundings, writers[0], new TopologyBatch(lockSpace));
        _queueWriters = [.. writers.Skip(1).Select(id => new StoreWriter<QueueOperation>(
            database, surroundings, id, new QueueBatch(removed => Interlocked.Add(ref _removed, removed))))];
        _maintenance = new(database, purge, writers, log, () => Interlocked.Read(ref _removed));
        Queues = new PostgreSqlQueueStore(database, _queueWriters, purge);
        Topology = new PostgreSqlTopologyStore(database, _topologyWriter);
    }

    /// <summary>Its queues.</summary>
    public IQueueStore Queues { get; }

    /// <summary>Its definitions.</summary>
    public ITopologyStore Topology { get; }

    /// <summary>Connects, refuses a server that cannot keep what a confirm promises, and brings the schema up to date.</summary>
    /// <exception cref="StoreException">The server cannot be reached or used.</exception>
    public static Task<PostgreSqlStore> OpenAsync(
        PostgreSqlOptions options, TimeProvider? time = null, IMeterFactory? meters = null, ILogger? log = null) =>
        OpenAsync(options, new ProcessFailStop(), time ?? TimeProvider.System, meters, log ?? NullLogger.Instance);

    internal static async Task<PostgreSqlStore> OpenAsync(
        PostgreSqlOptions options, IFailStop failStop, TimeProvider time, IMeterFactory? meters, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var database = new Database(options, time, log);
        try
        {
            var connection = await database.OpenWriterAsync(CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await ServerCheck.RunAsync(connection, CancellationToken.None).ConfigureAwait(false);
                await SchemaMigration.RunAsync(connection, options.Schema, CancellationToken.None).ConfigureAwait(false);
                var (writers, space) = await RegisterAsync(connection, options.Writers + 1).ConfigureAwait(false);
                return new PostgreSqlStore(database, writers, space, failStop, meters, log);
            }
        }
        catch (Exception failure)
        {
            await database.DisposeAsync().ConfigureAwait(false);
            if (failure is StoreException)
            {
                throw;
            }

            var connection = options.Connection("");
            throw new StoreException(
                $"The PostgreSQL server at {connection.Host}:{connection.Port} cannot be used with database '{connection.Database}': {failure.Message}", failure);
        }
    }

    /// <summary>Commits what was handed in, refuses the rest, and disconnects.</summary>
    public ValueTask DisposeAsync() => new(_disposal ??= EndAsync());

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static async Task<(long[] Writers, int LockSpace)> RegisterAsync(NpgsqlConnection connection, int count)
    {
        using var command = new NpgsqlCommand(
            """
            with registered as (insert into writer (number) select 0 from generate_series(1, $1) returning id)
            select array(select id from registered), hashtext('orleansbroker topology ' || current_schema)
            """,
            connection);
        command.Parameters.Add(new() { Value = count });
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync().ConfigureAwait(false);
            return (await reader.GetFieldValueAsync<long[]>(0).ConfigureAwait(false), reader.GetInt32(1));
        }
    }

    private async Task EndAsync()
    {
        foreach (var writer in _queueWriters)
        {
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        await _topologyWriter.DisposeAsync().ConfigureAwait(false);
        await _maintenance.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
    }
}
