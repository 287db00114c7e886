using Microsoft.Extensions.Logging;
using Npgsql;
using OrleansBroker.Storage.PostgreSql.Connections;
using OrleansBroker.Storage.PostgreSql.Writing;

namespace OrleansBroker.Storage.PostgreSql.Maintenance;

/// <summary>
/// Keeps the tables small. Every message that is removed leaves a dead row behind, and at full load the server's own vacuum, which
/// looks once a minute, would come when there are gigabytes of them.
/// </summary>
internal sealed partial class TableMaintenance : IAsyncDisposable
{
    /// <summary>How often it looks at what there is to do.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How often deleted queues are looked for, and old writers forgotten.</summary>
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _end = new();
    private readonly Database _database;
    private readonly QueuePurge _purge;
    private readonly ILogger _log;
    private readonly long[] _writers;
    private readonly Task _running;
    private long _removed;

    public TableMaintenance(Database database, QueuePurge purge, long[] writers, ILogger log, Func<long> removed)
    {
        _database = database;
        _purge = purge;
        _writers = writers;
        _log = log;
        _running = Task.Run(() => RunAsync(removed));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task RunAsync(Func<long> removed)
    {
        long? cleaned = null;
        using var timer = new PeriodicTimer(Interval, _database.Time);
        try
        {
            do
            {
                try
                {
                    var now = removed();
                    if (now - _removed >= _database.Options.VacuumAfter && await VacuumAsync().ConfigureAwait(false))
                    {
                        _removed = now;
                    }

                    if (cleaned is not { } last || _database.Time.GetElapsedTime(last) >= CleaningInterval)
                    {
                        cleaned = _database.Time.GetTimestamp();
                        await _purge.RunAsync(_end.Token).ConfigureAwait(false);
                        await _database.RunAsync(ForgetWritersAsync, _end.Token).ConfigureAwait(false);
                    }
                }
                catch (Exception failure) when (!_end.IsCancellationRequested)
                {
                    // It is tried again; nobody waits for it.
                    LogFailed(_log, failure);
                }
            }
            while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            LogEnded(_log);
        }
    }

    /// <summary>Vacuums the messages; false where another silo is at it.</summary>
    private async Task<bool> VacuumAsync()
    {
        var connection = await _database.OpenAsync(_end.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using var locking = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended('orleansbroker vacuum ' || current_schema, 0))", connection);
            if (await locking.ExecuteScalarAsync(_end.Token).ConfigureAwait(false) is not true)
            {
                return false;
            }

            try
            {
                // The pages are about to be filled again: giving them back would need a lock that holds everybody up.
                using var vacuum = new NpgsqlCommand("vacuum (truncate false, parallel 0) message", connection) { CommandTimeout = 0 };
                await vacuum.ExecuteNonQueryAsync(_end.Token).ConfigureAwait(false);
            }
            finally
            {
                using var unlocking = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
                await unlocking.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }

            return true;
        }
    }

    /// <summary>Shows that this silo's writers are in use, and forgets those whose silos are long gone.</summary>
    private async Task<bool> ForgetWritersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            """
            with seen as (update writer set seen = now() where id = any($1))
            delete from writer where seen < now() - interval '7 days' and id <> all($1)
            """,
            connection);
        command.Parameters.Add(new() { Value = _writers });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    [LoggerMessage(5010, LogLevel.Warning, "The tables could not be maintained")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    [LoggerMessage(5011, LogLevel.Debug, "The tables are maintained no more")]
    private static partial void LogEnded(ILogger logger);
}
