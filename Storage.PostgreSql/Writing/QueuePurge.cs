using Npgsql;
using OrleansBroker.Storage.PostgreSql.Connections;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>Removes the messages of deleted queues, in steps. One that its silo did not finish is finished by any other.</summary>
internal sealed class QueuePurge(Database database)
{
    /// <summary>Messages of one step: some tens of milliseconds.</summary>
    private const int StepMessages = 10_000;

    /// <summary>Removes what is left of all deleted queues.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var queues = await database.RunAsync(UnpurgedAsync, cancellationToken).ConfigureAwait(false);
        foreach (var queue in queues)
        {
            await RunAsync(queue, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what is left of a deleted queue.</summary>
    public async Task RunAsync(long incarnation, CancellationToken cancellationToken)
    {
        while (await database.RunAsync((connection, cancel) => StepAsync(connection, incarnation, cancel), cancellationToken).ConfigureAwait(false) > 0)
        {
            // The next step.
        }
    }

    private static async Task<long[]> UnpurgedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select array(select incarnation from queue where not purged)", connection);
        return (long[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Nothing is added to a deleted queue, so that a step that finds nothing is the last.</summary>
    private static async Task<long> StepAsync(NpgsqlConnection connection, long incarnation, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            $"""
            with gone as (
                delete from message
                where ctid = any(array(select ctid from message where incarnation = $1 limit {StepMessages}))
                returning 1),
            counted as (select count(*) as gone from gone),
            ended as (update queue set purged = true from counted where incarnation = $1 and deleted and counted.gone = 0)
            select gone from counted
            """,
            connection);
        command.Parameters.Add(new() { Value = incarnation });
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
