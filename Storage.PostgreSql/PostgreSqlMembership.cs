using Npgsql;

namespace OrleansBroker.Storage.PostgreSql;

/// <summary>Membership of the cluster in the store's schema, whose tables the store's migration makes.</summary>
public static class PostgreSqlMembership
{
    /// <summary>What Orleans' own provider connects with: it names no schema in its statements.</summary>
    public static string ConnectionString(string store, string schema) =>
        new NpgsqlConnectionStringBuilder(store) { SearchPath = schema, ApplicationName = "orleansbroker membership" }.ConnectionString;
}
