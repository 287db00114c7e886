using System.Buffers.Binary;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Rows;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.RocksDb.Reading;

/// <summary>Reads messages of a queue that are named one by one.</summary>
internal static class NamedMessages
{
    /// <summary>The messages in the order in which they are named; those that are gone are skipped. Neighbours are read as a range.</summary>
    public static List<StoredMessage> Read(Database database, long incarnation, IReadOnlyList<ExpiringMessage> named)
    {
        var messages = new List<StoredMessage>(named.Count);
        var traits = QueueRows.Traits(database, incarnation);
        var octets = QueueRows.ReadOctets;
        for (var i = 0; i < named.Count && octets > 0;)
        {
            var first = named[i].Position;
            var length = Neighbours(named, i);
            var read = messages.Count;
            if (length > 1)
            {
                var range = new MessageRange(first.Priority, first.Sequence, first.Sequence + length - 1);
                QueueRows.ReadRange(database, incarnation, range, length, octets, messages);
            }
            else if (ReadOne(database, incarnation, traits, first, read > 0 ? messages[^1].Message : null) is { } message)
            {
                messages.Add(message);
            }

            for (i += length; read < messages.Count; read++)
            {
                octets -= messages[read].Message.Size;
            }
        }

        return messages;
    }

    private static int Neighbours(IReadOnlyList<ExpiringMessage> named, int from)
    {
        var first = named[from].Position;
        var length = 1;
        while (from + length < named.Count && named[from + length].Position == first with { Sequence = first.Sequence + length })
        {
            length++;
        }

        return length;
    }

    private static StoredMessage? ReadOne(
        Database database, long incarnation, QueueTraits traits, MessagePosition position, BrokerMessage? before)
    {
        Span<byte> key = stackalloc byte[Keys.Message];
        Keys.WriteMessage(key, incarnation, position.Priority, position.Sequence);
        using var durable = traits.HasFlag(QueueTraits.Durable) ? database.Get(database.Messages, key) : default;
        if (durable.Exists)
        {
            return MessageRow.Read(durable.Span, position, MarkOf(database, traits, key), transient: false, before);
        }

        using var transient = traits.HasFlag(QueueTraits.Transient) ? database.Get(database.Transient, key) : default;
        return transient.Exists
            ? MessageRow.Read(transient.Span, position, MarkOf(database, traits, key), transient: true, before)
            : null;
    }

    private static int? MarkOf(Database database, QueueTraits traits, ReadOnlySpan<byte> key)
    {
        using var mark = traits.HasFlag(QueueTraits.Marks) ? database.Get(database.Marks, key) : default;
        return mark.Exists ? BinaryPrimitives.ReadInt32LittleEndian(mark.Span) : null;
    }
}
