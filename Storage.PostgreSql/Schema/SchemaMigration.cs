using Npgsql;

namespace OrleansBroker.Storage.PostgreSql.Schema;

/// <summary>
/// Brings the schema to this version's state: the scripts beside this file, in their order, each with its number noted in one
/// transaction. Silos that start at once wait for each other.
/// </summary>
internal static class SchemaMigration
{
    private static readonly string[] Scripts = ["0001-store.sql", "0002-membership.sql"];

    public static async Task RunAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // The others work on it as long as they have to.
            await ExecuteAsync("set local lock_timeout = 0; set local client_min_messages = warning").ConfigureAwait(false);
            using var locking = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('orleansbroker schema ' || $1, 0))", connection);
            locking.Parameters.Add(new() { Value = schema });
            await locking.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);

            // Not "if not exists", which asks for the right to create schemas also where there is nothing to create.
            using var looking = new NpgsqlCommand("select 1 from pg_namespace where nspname = $1", connection);
            looking.Parameters.Add(new() { Value = schema });
            if (await looking.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is null)
            {
                await ExecuteAsync($"create schema {schema}").ConfigureAwait(false);
            }

            await ExecuteAsync("create table if not exists schema_version (version integer not null)").ConfigureAwait(false);
            var version = await VersionAsync().ConfigureAwait(false);
            if (version > Scripts.Length)
            {
                throw new StoreException(
                    $"The schema '{schema}' has version {version}, made by a newer broker; this one knows versions up to {Scripts.Length}. Start that broker, or use another schema.");
            }

            for (; version < Scripts.Length; version++)
            {
                await ExecuteAsync(Read(Scripts[version])).ConfigureAwait(false);
                await ExecuteAsync($"delete from schema_version; insert into schema_version values ({version + 1})").ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        async Task ExecuteAsync(string sql)
        {
            using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        async Task<int> VersionAsync()
        {
            using var command = new NpgsqlCommand("select coalesce(max(version), 0) from schema_version", connection);
            return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private static string Read(string script)
    {
        using var stream = typeof(SchemaMigration).Assembly.GetManifestResourceStream(script)
            ?? throw new InvalidOperationException($"{script} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
