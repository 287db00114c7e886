using System.Globalization;
using Npgsql;

namespace OrleansBroker.Storage.PostgreSql.Schema;

/// <summary>Refuses servers on which a confirm would promise what they do not keep.</summary>
internal static class ServerCheck
{
    /// <summary>The oldest version that is tested: Debian's.</summary>
    private const int OldestVersion = 150000;

    public static async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (int.Parse(await SettingAsync("server_version_num").ConfigureAwait(false), CultureInfo.InvariantCulture) < OldestVersion)
        {
            throw Refusal($"is of version {await SettingAsync("server_version").ConfigureAwait(false)}; 15 is the oldest that is supported");
        }

        if (await SettingAsync("fsync").ConfigureAwait(false) == "off")
        {
            throw Refusal("runs with fsync=off: what it commits is lost with the machine's power, so that no confirm could be kept. Switch fsync on");
        }

        if (await SettingAsync("full_page_writes").ConfigureAwait(false) == "off")
        {
            throw Refusal("runs with full_page_writes=off: a power failure can tear pages for good. Switch full_page_writes on");
        }

        using var recovery = new NpgsqlCommand("select pg_is_in_recovery()", connection);
        if (await recovery.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true)
        {
            throw Refusal("is a standby, which only reads. Connect to the primary, for example with 'Target Session Attributes=primary'");
        }

        StoreException Refusal(string why) => new($"The PostgreSQL server at {connection.Host}:{connection.Port} {why}.");

        async Task<string> SettingAsync(string name)
        {
            using var command = new NpgsqlCommand("select current_setting($1)", connection);
            command.Parameters.Add(new() { Value = name });
            return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }
}
