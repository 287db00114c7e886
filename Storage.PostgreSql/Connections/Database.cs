using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansBroker.Storage.PostgreSql.Connections;

/// <summary>The server as the store reaches it: a pool for single statements, and connections of their own for those who write.</summary>
internal sealed partial class Database : IAsyncDisposable
{
    /// <summary>How the store's connections are known among those of the server.</summary>
    private const string ApplicationPrefix = "orleansbroker/";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _writers;
    private readonly ILogger _log;
    private readonly string _owner = $"{ApplicationPrefix}{Guid.NewGuid():N}";

    public Database(PostgreSqlOptions options, TimeProvider time, ILogger log)
    {
        Options = options;
        Time = time;
        _log = log;
        var pool = options.Connection(_owner);
        pool.MaxPoolSize = options.Connections;
        pool.MinPoolSize = 0;
        _pool = Build(pool);
        var writer = options.Connection(_owner);
        writer.Pooling = false;
        writer.WriteBufferSize = 256 << 10;
        _writers = Build(writer);
    }

    public PostgreSqlOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>A connection for one writer, not shared.</summary>
    public async Task<NpgsqlConnection> OpenWriterAsync(CancellationToken cancellationToken) =>
        await _writers.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>A connection of the pool.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _pool.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Runs something that may be run twice, again and again while the server is away.</summary>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        var retry = Retry();
        while (true)
        {
            try
            {
                var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    return await action(connection, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (Transience.IsTransient(failure) && !cancellationToken.IsCancellationRequested)
            {
                await retry.PauseAsync(failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What is tried again until the patience is over.</summary>
    public RetryPauses Retry() => new(this, Options.Patience);

    /// <summary>
    /// Ends connections of brokers that hold a transaction open while they wait for their client: a silo that was paused between two
    /// packets. Every transaction is one statement here, so that none of them is one that only takes its time.
    /// </summary>
    public async Task EndStalledAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using var command = new NpgsqlCommand(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
                    and application_name like $1 and xact_start < clock_timestamp() - $2
                    and (state like 'idle in transaction%' or (state = 'active' and wait_event = 'ClientRead'))
                """,
                connection);
            command.Parameters.Add(new() { Value = ApplicationPrefix + "%" });
            command.Parameters.Add(new() { Value = Options.LockTimeout / 2 });
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long ended and > 0)
            {
                LogEnded(_log, ended);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync().ConfigureAwait(false);
        await _writers.DisposeAsync().ConfigureAwait(false);
    }

    private NpgsqlDataSource Build(NpgsqlConnectionStringBuilder connection)
    {
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            opened => ThrowSynchronous(opened), async opened => await PrepareAsync(opened).ConfigureAwait(false));
        return builder.Build();
    }

    private static void ThrowSynchronous(NpgsqlConnection connection) =>
        throw new NotSupportedException($"Connections to {connection.Host} are opened asynchronously.");

    /// <summary>Bounds what a connection may hold up, and sees to it that a commit is on the disk when it is answered.</summary>
    private async Task PrepareAsync(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            $"""
            set lock_timeout = {(long)Options.LockTimeout.TotalMilliseconds};
            set idle_in_transaction_session_timeout = {(long)(Options.LockTimeout * 5).TotalMilliseconds};
            select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local');
            """,
            connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    [LoggerMessage(5001, LogLevel.Warning, "The database is away: {Reason} Everything that writes waits")]
    private static partial void LogAway(ILogger logger, string reason);

    [LoggerMessage(5002, LogLevel.Warning, "{Count} connections of brokers were ended that held rows without working: their silos are paused or dead")]
    private static partial void LogEnded(ILogger logger, long count);

    [LoggerMessage(5003, LogLevel.Warning, "Connections that hold rows without working could not be ended")]
    private static partial void LogNotEnded(ILogger logger, Exception failure);

    /// <summary>The pauses between attempts.</summary>
    internal sealed class RetryPauses(Database database, TimeSpan patience)
    {
        private readonly long _started = database.Time.GetTimestamp();
        private TimeSpan _pause = FirstPause;
        private bool _told;

        /// <summary>Waits for the next attempt.</summary>
        /// <exception cref="StoreException">The patience is over.</exception>
        public async Task PauseAsync(Exception failure, CancellationToken cancellationToken)
        {
            if (database.Time.GetElapsedTime(_started) >= patience)
            {
                throw new StoreException($"The database did not come back within {patience}: {failure.Message}", failure);
            }

            if (Transience.IsLockTimeout(failure))
            {
                await EndStalledAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            if (!_told)
            {
                _told = true;
                LogAway(database._log, failure.Message);
            }

            await Task.Delay(_pause, database.Time, cancellationToken).ConfigureAwait(false);
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }

        private async Task EndStalledAsync(CancellationToken cancellationToken)
        {
            try
            {
                await database.EndStalledAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (Transience.IsTransient(failure) && !cancellationToken.IsCancellationRequested)
            {
                // The next attempt comes across the same lock, or finds the server away.
                LogNotEnded(database._log, failure);
            }
        }
    }
}
