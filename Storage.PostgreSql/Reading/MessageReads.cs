using Npgsql;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.PostgreSql.Reading;

/// <summary>Reads a queue's messages. Each read is one statement, so that it sees one moment.</summary>
internal static class MessageReads
{
    /// <summary>A read stops after about as many octets.</summary>
    private const long ReadOctets = 4L << 20;

    /// <summary>Rows that one read returns at most.</summary>
    private const int MaxRows = 8192;

    public static async Task<List<StoredMessage>> RangeAsync(
        NpgsqlConnection connection, long incarnation, MessageRange range, int limit, CancellationToken cancellationToken)
    {
        if (limit <= 0 || range.First > range.Last)
        {
            return [];
        }

        // The length of a long body is known without reading it, so that what lies behind the bound costs next to nothing.
        using var command = new NpgsqlCommand(
            """
            select sequence, priority, transient, delivery_count, data
            from (
                select *, sum(octet_length(data)) over (order by sequence) - octet_length(data) as before from (
                    select sequence, priority, transient, delivery_count, data from message
                    where incarnation = $1 and priority = $2 and sequence between $3 and $4
                    order by sequence limit $5) as first) as bounded
            where before < $6
            order by sequence
            """,
            connection);
        command.Parameters.Add(new() { Value = incarnation });
        command.Parameters.Add(new() { Value = (short)range.Priority });
        command.Parameters.Add(new() { Value = range.First });
        command.Parameters.Add(new() { Value = range.Last });
        command.Parameters.Add(new() { Value = (long)Math.Min(limit, MaxRows) });
        command.Parameters.Add(new() { Value = (decimal)ReadOctets });
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<List<StoredMessage>> NamedAsync(
        NpgsqlConnection connection, long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken)
    {
        if (named.Count == 0)
        {
            return [];
        }

        using var command = new NpgsqlCommand(
            """
            select sequence, priority, transient, delivery_count, data
            from (
                select m.*, n.place, sum(octet_length(m.data)) over (order by n.place) - octet_length(m.data) as before
                from unnest($2, $3) with ordinality as n(priority, sequence, place), lateral (
                    select * from message
                    where message.incarnation = $1 and message.priority = n.priority and message.sequence = n.sequence
                    limit 1) as m) as bounded
            where before < $4
            order by place
            """,
            connection);
        command.Parameters.Add(new() { Value = incarnation });
        command.Parameters.Add(new() { Value = named.Select(static message => (short)message.Position.Priority).ToArray() });
        command.Parameters.Add(new() { Value = named.Select(static message => message.Position.Sequence).ToArray() });
        command.Parameters.Add(new() { Value = (decimal)ReadOctets });
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<List<ExpiringMessage>> ExpiringAsync(
        NpgsqlConnection connection, long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            """
            select expires_at, priority, sequence from message
            where incarnation = $1 and expires_at is not null and (expires_at, priority, sequence) >= ($2, $3, $4)
            order by expires_at, priority, sequence limit $5
            """,
            connection);
        command.Parameters.Add(new() { Value = incarnation });
        command.Parameters.Add(new() { Value = from.ExpiresAt });
        command.Parameters.Add(new() { Value = (short)from.Position.Priority });
        command.Parameters.Add(new() { Value = from.Position.Sequence });
        command.Parameters.Add(new() { Value = (long)Math.Max(0, limit) });
        var expiring = new List<ExpiringMessage>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                expiring.Add(new(new((byte)reader.GetInt16(1), reader.GetInt64(2)), reader.GetInt64(0)));
            }
        }

        return expiring;
    }

    private static async Task<List<StoredMessage>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var messages = new List<StoredMessage>();
        BrokerMessage? before = null;
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var marked = await reader.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false) ? (int?)null : reader.GetInt32(3);
                var position = new MessagePosition((byte)reader.GetInt16(1), reader.GetInt64(0));
                var row = await reader.GetFieldValueAsync<byte[]>(4, cancellationToken).ConfigureAwait(false);
                var message = MessageRow.Read(row, position, marked, reader.GetBoolean(2), before);
                before = message.Message;
                messages.Add(message);
            }
        }

        return messages;
    }
}
