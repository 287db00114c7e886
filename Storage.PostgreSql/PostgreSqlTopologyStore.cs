using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.PostgreSql.Connections;
using OrleansBroker.Storage.PostgreSql.Writing;

namespace OrleansBroker.Storage.PostgreSql;

/// <summary>Definitions in the shared database.</summary>
internal sealed class PostgreSqlTopologyStore(Database database, StoreWriter<TopologyOperation> writer) : ITopologyStore
{
    /// <summary>Rows that a scan reads at a time; between pages it holds nothing on the server.</summary>
    private const int PageRows = 512;

    public async ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return await database.RunAsync((connection, cancel) => GetAsync(connection, key, cancel), cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<TopologyRow> ScanAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        while (true)
        {
            var from = after;
            var page = await database.RunAsync((connection, cancel) => ReadPageAsync(connection, prefix, from, cancel), cancellationToken)
                .ConfigureAwait(false);
            foreach (var row in page)
            {
                yield return row;
            }

            if (page.Count < PageRows)
            {
                yield break;
            }

            after = page[^1].Key;
        }
    }

    public async Task<long> CountAsync(string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return await database.RunAsync((connection, cancel) => CountAsync(connection, prefix, cancel), cancellationToken).ConfigureAwait(false);
    }

    public Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        cancellationToken.ThrowIfCancellationRequested();
        var operation = new ChangeOperation(changes);
        writer.Add(operation);
        return operation.Done;
    }

    public Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(sequence);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        cancellationToken.ThrowIfCancellationRequested();
        var operation = new AllocateOperation(sequence, count);
        writer.Add(operation);
        return operation.Done;
    }

    private static async Task<TopologyRow?> GetAsync(NpgsqlConnection connection, string key, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select key, value, version from topology where key = $1", connection);
        command.Parameters.Add(new() { Value = Encoding.UTF8.GetBytes(key) });
        return (await ReadAsync(command, cancellationToken).ConfigureAwait(false)).FirstOrDefault();
    }

    private static async Task<List<TopologyRow>> ReadPageAsync(
        NpgsqlConnection connection, string prefix, string? after, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand($"select key, value, version from topology where {Bounds} and key > $3 order by key limit {PageRows}", connection);
        AddBounds(command, prefix);

        // No key is empty, so that the empty one comes before all.
        command.Parameters.Add(new() { Value = Encoding.UTF8.GetBytes(after ?? "") });
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string prefix, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand($"select count(*) from topology where {Bounds}", connection);
        AddBounds(command, prefix);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Keys with a prefix lie between it and what follows it: no octet of UTF-8 is as high as 0xFF.</summary>
    private const string Bounds = "key >= $1 and key < $2";

    private static void AddBounds(NpgsqlCommand command, string prefix)
    {
        var lower = Encoding.UTF8.GetBytes(prefix);
        command.Parameters.Add(new() { Value = lower, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = (byte[])[.. lower, 0xFF], NpgsqlDbType = NpgsqlDbType.Bytea });
    }

    private static async Task<List<TopologyRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var rows = new List<TopologyRow>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var key = await reader.GetFieldValueAsync<byte[]>(0, cancellationToken).ConfigureAwait(false);
                var value = await reader.GetFieldValueAsync<byte[]>(1, cancellationToken).ConfigureAwait(false);
                rows.Add(new TopologyRow(Encoding.UTF8.GetString(key), value, reader.GetInt64(2)));
            }
        }

        return rows;
    }
}
