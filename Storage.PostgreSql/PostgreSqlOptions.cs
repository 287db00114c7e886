using System.Text.RegularExpressions;
using Npgsql;

namespace OrleansBroker.Storage.PostgreSql;

/// <summary>The shared store.</summary>
public sealed partial class PostgreSqlOptions
{
    /// <summary>Npgsql's connection string of the server and database. No default: there is no server that everybody has.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Schema of the store's tables, created when it is not there. Default <c>orleansbroker</c>: out of the way of others' tables.</summary>
    public string Schema { get; set; } = "orleansbroker";

    /// <summary>
    /// How long an operation waits for a server that is away, before its outcome is called unknown. Default 00:00:30: a restart or a
    /// failover takes less, and publishers wait no longer.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a statement may take before the connection counts as lost. Default 00:01:00: removing some ten million messages at once.
    /// </summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a commit may stay without an answer before its connection counts as lost, and another one asks what became of it. Default
    /// 00:00:05: it takes milliseconds, and a network that went silent is left while <see cref="Patience"/> lasts. One that removes very many
    /// messages has <see cref="StatementTimeout"/>.
    /// </summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a statement waits for a row that another one holds, before those that hold rows without working are ended. Default
    /// 00:00:01: no commit takes that long.
    /// </summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Connections that write messages, among which queues are divided. Default 2: one encodes while the server works for the other,
    /// and more would only make smaller batches.
    /// </summary>
    public int Writers { get; set; } = 2;

    /// <summary>Connections for everything but writing. Default 8: a server's usual 100 are shared by all silos.</summary>
    public int Connections { get; set; } = 8;

    /// <summary>
    /// Octets that one commit gathers at most. Default 4 MiB: past that a larger one saves no more syncs, and one behind it waits longer.
    /// </summary>
    public int MaxBatchBytes { get; set; } = 4 << 20;

    /// <summary>
    /// Removed messages after which the table is vacuumed. Default 200,000: some 250 MiB of messages of 1 KiB that wait to be reused,
    /// which at full load come together in seconds, while the server's own vacuum looks once a minute.
    /// </summary>
    public int VacuumAfter { get; set; } = 200_000;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ConnectionString);
        if (!SchemaName().IsMatch(Schema))
        {
            throw new StoreException($"The schema's name is '{Schema}'; allowed: at most 63 small letters, digits and underscores, no digit first.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Patience, TimeSpan.FromMilliseconds(100));
        ArgumentOutOfRangeException.ThrowIfLessThan(StatementTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(AnswerTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(LockTimeout, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(Writers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Connections, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(VacuumAfter, 1);
    }

    /// <summary>The connection string with what the store asks of its connections.</summary>
    internal NpgsqlConnectionStringBuilder Connection(string applicationName)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(ConnectionString)
            {
                ApplicationName = applicationName,
                SearchPath = Schema,
                CommandTimeout = Seconds(StatementTimeout),
                // A server whose machine is gone is noticed while nothing is sent; the command timeout sees to the rest.
                TcpKeepAlive = true,
                TcpKeepAliveTime = 5,
                TcpKeepAliveInterval = 2,
                IncludeErrorDetail = false,
            };
        }
        catch (ArgumentException failure)
        {
            throw new StoreException($"The connection string of the PostgreSQL store cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>A time as Npgsql takes it.</summary>
    internal static int Seconds(TimeSpan timeout) => (int)Math.Ceiling(timeout.TotalSeconds);

    // A search path knows no quotes: what needs none is the same there and in a statement.
    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
