using System.Globalization;
using Npgsql;

namespace OrleansBroker.Benchmarks.Storage;

/// <summary>Prints each minute what a load moved, and how large the messages' table and the write-ahead log are: neither may grow with time.</summary>
internal sealed class DatabaseWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly NpgsqlDataSource _database;
    private readonly string _schema;
    private readonly Func<long> _counter;
    private readonly Task _watching;

    public DatabaseWatch(string connection, string schema, Func<long> counter)
    {
        _database = NpgsqlDataSource.Create(connection);
        _schema = schema;
        _counter = counter;
        _watching = Task.Run(WatchAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        await _database.DisposeAsync();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Period);
        var (moved, written, since) = (_counter(), (await ReadAsync()).Written, TimeProvider.System.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var (now, sizes, seconds) = (_counter(), await ReadAsync(), TimeProvider.System.GetElapsedTime(since).TotalSeconds);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {(now - moved) / seconds,9:N0}/s; table {sizes.Table >> 20:N0} MiB, {sizes.Live:N0} live and {sizes.Dead:N0} dead rows; log {sizes.Log >> 20:N0} MiB on the disk, {(sizes.Written - written) / Math.Max(1, now - moved):N0} octets a message"));
                (moved, written, since) = (now, sizes.Written, TimeProvider.System.GetTimestamp());
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The load is over.
        }
    }

    private async Task<(long Table, long Log, long Written, long Live, long Dead)> ReadAsync()
    {
        await using var command = _database.CreateCommand(
            $"""
            select pg_total_relation_size('{_schema}.message'),
                (select sum(size)::bigint from pg_ls_waldir()),
                (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint,
                coalesce((select n_live_tup from pg_stat_user_tables where schemaname = '{_schema}' and relname = 'message'), 0),
                coalesce((select n_dead_tup from pg_stat_user_tables where schemaname = '{_schema}' and relname = 'message'), 0)
            """);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4));
    }
}
