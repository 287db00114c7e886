using Npgsql;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.PostgreSql.Reading;

/// <summary>Reads what queues' owners wrote last, without taking the queues over.</summary>
internal static class StateReads
{
    /// <summary>The states in the order of the incarnations; of a queue that was never written to, or is deleted, a new one.</summary>
    public static async Task<IReadOnlyList<QueueState>> StatesAsync(
        NpgsqlConnection connection, IReadOnlyList<long> incarnations, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select incarnation, state from queue where incarnation = any($1) and state is not null", connection);
        command.Parameters.Add(new() { Value = incarnations.ToArray() });
        var found = new Dictionary<long, QueueState>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var row = await reader.GetFieldValueAsync<byte[]>(1, cancellationToken).ConfigureAwait(false);
                found.Add(reader.GetInt64(0), QueueRow.ReadState(row));
            }
        }

        return [.. incarnations.Select(incarnation => found.GetValueOrDefault(incarnation) ?? QueueState.New)];
    }
}
