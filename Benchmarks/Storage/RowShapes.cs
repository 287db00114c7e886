using Npgsql;
using NpgsqlTypes;

namespace OrleansBroker.Benchmarks.Storage;

/// <summary>
/// Two shapes of rows under the same load in PostgreSQL: a row a message, and a row a block of messages. Each commit adds a batch and
/// removes the one before last, on one connection, in one statement, as the store does; dead rows are vacuumed beside it. The blocks have
/// it easy here: each holds one batch that is removed as a whole, which a queue cannot promise.
/// </summary>
internal static class RowShapes
{
    private const int VacuumAfter = 200_000;

    public static async Task<int> RunAsync(string connectionString, int seconds, int batch, int size)
    {
        await MeasureAsync("row a message", connectionString, seconds, batch, size, perRow: 1);
        await MeasureAsync("row of 7 messages, inline", connectionString, seconds, batch, size, perRow: 7);
        await MeasureAsync("row a batch, in pieces", connectionString, seconds, batch, size, perRow: batch);
        return 0;
    }

    private static async Task MeasureAsync(string name, string connectionString, int seconds, int batch, int size, int perRow)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await ExecuteAsync(
            source,
            """
            drop table if exists shape; checkpoint;
            create table shape (incarnation bigint, sequence bigint, priority smallint, data bytea, primary key (incarnation, priority, sequence)) with (toast_tuple_target = 8160);
            alter table shape alter column data set storage external;
            """);
        var body = new byte[size * perRow];
        new Random(1).NextBytes(body);
        var rows = (batch + perRow - 1) / perRow;
        var walBefore = await ScalarAsync<decimal>(source, "select pg_current_wal_lsn() - '0/0'");
        await using var connection = await source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            with added as (insert into shape select 1, a.sequence, 0, a.data from unnest($1, $2) as a(sequence, data))
            delete from shape where incarnation = 1 and priority = 0 and sequence between $3 and $4
            """,
            connection);
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Bigint });
        await command.PrepareAsync();

        var (next, vacuumed, peak, vacuum) = (1L, 0L, 0L, Task.CompletedTask);
        var started = TimeProvider.System.GetTimestamp();
        var slices = new List<double>();
        var (sliceStart, sliceFirst) = (started, next);
        while (TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds)
        {
            command.Parameters[0].Value = Enumerable.Range(0, rows).Select(i => next + (i * perRow)).ToArray();
            command.Parameters[1].Value = Enumerable.Repeat(body, rows).ToArray();
            command.Parameters[2].Value = next - (2 * rows * perRow);
            command.Parameters[3].Value = next - (rows * perRow) - 1;
            await command.ExecuteNonQueryAsync();
            next += rows * perRow;
            if (next - vacuumed >= VacuumAfter && vacuum.IsCompleted)
            {
                await vacuum;
                vacuumed = next;
                vacuum = ExecuteAsync(source, "vacuum (truncate false, parallel 0) shape");
            }

            if (TimeProvider.System.GetElapsedTime(sliceStart).TotalSeconds >= 5)
            {
                slices.Add((next - sliceFirst) / TimeProvider.System.GetElapsedTime(sliceStart).TotalSeconds);
                peak = Math.Max(peak, await ScalarAsync<long>(source, "select pg_total_relation_size('shape')"));
                (sliceStart, sliceFirst) = (TimeProvider.System.GetTimestamp(), next);
            }
        }

        var rate = (next - 1) / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await vacuum;
        var wal = await ScalarAsync<decimal>(source, "select pg_current_wal_lsn() - '0/0'") - walBefore;
        Console.WriteLine(
            $"{name,-28} {rate,9:N0} messages/s  (5 s slices {slices.Min():N0} to {slices.Max():N0})  table at most {peak >> 20:N0} MiB  WAL {wal / (next - 1):N0} octets a message");
        await ExecuteAsync(source, "drop table shape");
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
