using System.Net.Sockets;
using Npgsql;

namespace OrleansBroker.Storage.PostgreSql.Connections;

/// <summary>Which failures pass by themselves.</summary>
internal static class Transience
{
    /// <summary>The function's own error: another session of the writer has begun.</summary>
    public const string Superseded = "OB001";

    /// <summary>Whether to try again: the connection was lost, or the server says that it cannot now.</summary>
    public static bool IsTransient(Exception failure) => failure switch
    {
        // Connection exceptions, resources, operator intervention, system errors, conflicts with others, and a server that only reads
        // because it is not the primary (any more).
        PostgresException { SqlState: var state } => state[..2] is "08" or "53" or "57" or "58" or "40"
            || state is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction or Superseded,
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => failure.InnerException is { } inner && IsTransient(inner),
    };

    /// <summary>Whether something waited for a row that another transaction holds.</summary>
    public static bool IsLockTimeout(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };
}
