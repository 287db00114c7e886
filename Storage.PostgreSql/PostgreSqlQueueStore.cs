using Npgsql;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.PostgreSql.Connections;
using OrleansBroker.Storage.PostgreSql.Reading;
using OrleansBroker.Storage.PostgreSql.Writing;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.PostgreSql;

/// <summary>Queues in the shared database. Any silo may ask; the epoch says who may write.</summary>
internal sealed class PostgreSqlQueueStore(Database database, StoreWriter<QueueOperation>[] writers, QueuePurge purge) : IQueueStore
{
    public async Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(incarnation);

        // The token makes an acquisition whose answer got lost the same one when it is asked for again.
        var token = Guid.NewGuid();
        return await database.RunAsync((connection, cancel) => AcquireAsync(connection, incarnation, token, cancel), cancellationToken)
            .ConfigureAwait(false);
    }

    public Task<bool> CommitAsync(QueueWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var operation = new QueueOperation(write);
        writers[write.Incarnation % writers.Length].Add(operation);
        return operation.Done;
    }

    public async Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, MessageRange range, int limit, CancellationToken cancellationToken) =>
        await database.RunAsync((connection, cancel) => MessageReads.RangeAsync(connection, incarnation, range, limit, cancel), cancellationToken)
            .ConfigureAwait(false);

    public async Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(named);
        return await database.RunAsync((connection, cancel) => MessageReads.NamedAsync(connection, incarnation, named, cancel), cancellationToken)
            .ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(
        long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken) =>
        await database.RunAsync((connection, cancel) => MessageReads.ExpiringAsync(connection, incarnation, from, limit, cancel), cancellationToken)
            .ConfigureAwait(false);

    public async Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(incarnations);
        return await database.RunAsync((connection, cancel) => StateReads.StatesAsync(connection, incarnations, cancel), cancellationToken)
            .ConfigureAwait(false);
    }

    public async Task DeleteAsync(long incarnation, CancellationToken cancellationToken)
    {
        // The mark alone refuses the owner; the messages go after it, in steps that hold nobody up.
        await database.RunAsync((connection, cancel) => MarkDeletedAsync(connection, incarnation, cancel), cancellationToken).ConfigureAwait(false);
        await purge.RunAsync(incarnation, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<AcquiredQueue> AcquireAsync(
        NpgsqlConnection connection, long incarnation, Guid token, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select epoch, state, released, deleted from acquire_queue($1, $2)", connection);
        command.Parameters.Add(new() { Value = incarnation });
        command.Parameters.Add(new() { Value = token });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (reader.GetBoolean(3))
            {
                // Whoever comes late finds nothing, and what it commits is refused.
                return new AcquiredQueue(long.MaxValue, QueueState.New);
            }

            var epoch = reader.GetInt64(0);
            if (await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false))
            {
                return new AcquiredQueue(epoch, QueueState.New);
            }

            var state = QueueRow.ReadState(await reader.GetFieldValueAsync<byte[]>(1, cancellationToken).ConfigureAwait(false));
            var released = reader.GetBoolean(2);
            return new AcquiredQueue(epoch, state with { Released = released, Bands = released ? state.Bands : WithoutTransient(state.Bands) });
        }
    }

    private static async Task<bool> MarkDeletedAsync(NpgsqlConnection connection, long incarnation, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            """
            insert into queue (incarnation, epoch, deleted, purged) values ($1, 0, true, false)
            on conflict (incarnation) do update set deleted = true, purged = false, released = false, state = null
            """,
            connection);
        command.Parameters.Add(new() { Value = incarnation });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The owner died: its transient messages are gone, and the acquisition has removed what was stored of them.</summary>
    private static List<StoredBand> WithoutTransient(IReadOnlyList<StoredBand> bands)
    {
        var kept = new List<StoredBand>(bands.Count);
        foreach (var band in bands)
        {
            if (band.Durable > 0)
            {
                kept.Add(band with { Transient = 0, TransientBytes = 0 });
            }
        }

        return kept;
    }
}
