using Npgsql;
using NpgsqlTypes;
using OrleansBroker.Storage.PostgreSql.Connections;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>
/// A connection of a writer. Beginning a session ends the right of the one before to commit, so that what its number says of a commit
/// with an unknown outcome is final: a call that still runs on the server fails, one that arrives late as well.
/// </summary>
internal sealed class WriterSession<TOperation> : IAsyncDisposable
    where TOperation : Operation
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private readonly PostgreSqlOptions _options;

    private WriterSession(PostgreSqlOptions options, NpgsqlConnection connection, NpgsqlCommand command, long number, long[] results)
    {
        _options = options;
        _connection = connection;
        _command = command;
        Number = number;
        Results = results;
    }

    /// <summary>The number of the last commit when the session began.</summary>
    public long Number { get; }

    /// <summary>What that commit returned.</summary>
    public long[] Results { get; }

    /// <summary>Whether the connection can be used; after a failure that left it open nothing was committed.</summary>
    public bool IsOpen => _connection.FullState == System.Data.ConnectionState.Open;

    /// <summary>Begins a session of the writer; null where the database does not know the writer.</summary>
    public static async Task<WriterSession<TOperation>?> BeginAsync(Database database, long writer, IBatch<TOperation> batch)
    {
        var connection = await database.OpenWriterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            using var begin = new NpgsqlCommand(
                "update writer set session = session + 1, seen = now() where id = $1 returning session, number, results", connection)
            {
                CommandTimeout = PostgreSqlOptions.Seconds(database.Options.AnswerTimeout),
            };
            begin.Parameters.Add(new() { Value = writer });
            long session;
            long number;
            long[] results;
            var reader = await begin.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync().ConfigureAwait(false))
                {
                    await connection.DisposeAsync().ConfigureAwait(false);
                    return null;
                }

                session = reader.GetInt64(0);
                number = reader.GetInt64(1);
                results = await reader.GetFieldValueAsync<long[]>(2).ConfigureAwait(false);
            }

            var command = await PrepareAsync(connection, writer, session, batch).ConfigureAwait(false);
            return new WriterSession<TOperation>(database.Options, connection, command, number, results);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Commits the batch under a number.</summary>
    public async Task<long[]> CommitAsync(IBatch<TOperation> batch, long number)
    {
        _command.CommandTimeout = PostgreSqlOptions.Seconds(batch.IsLong ? _options.StatementTimeout : _options.AnswerTimeout);
        _command.Parameters[2].Value = number;
        batch.Fill(_command.Parameters);
        return (long[])(await _command.ExecuteScalarAsync().ConfigureAwait(false))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<NpgsqlCommand> PrepareAsync(NpgsqlConnection connection, long writer, long session, IBatch<TOperation> batch)
    {
        var command = new NpgsqlCommand(batch.Sql, connection);
        command.Parameters.Add(new() { Value = writer, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = session, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = 0L, NpgsqlDbType = NpgsqlDbType.Bigint });
        batch.Declare(command.Parameters);
        await command.PrepareAsync().ConfigureAwait(false);
        return command;
    }
}
