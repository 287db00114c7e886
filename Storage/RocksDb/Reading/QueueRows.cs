using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Rows;
using OrleansBroker.Storage.Rows;
using OrleansBroker.Storage.RocksDb.Writing;

namespace OrleansBroker.Storage.RocksDb.Reading;

/// <summary>Reads a queue's rows from the database.</summary>
internal static class QueueRows
{
    /// <summary>A read stops after about as many octets.</summary>
    public const long ReadOctets = 4L << 20;

    /// <summary>Messages that are gone and are taken out of the index of expiry at a time.</summary>
    private const int ForgetAtOnce = 4096;

    /// <summary>The state that the last commit left, less the transient messages that a crash since took.</summary>
    public static QueueState ReadState(Database database, QueueEntry queue)
    {
        Span<byte> key = stackalloc byte[Keys.Queue];
        Keys.WriteQueue(key, queue.Incarnation);
        using var value = database.Get(database.Queues, key);
        if (!value.Exists)
        {
            return QueueState.New;
        }

        var state = QueueRow.ReadState(value.Span);
        if (QueueRow.Read(value.Span).Boot >= database.TransientSince)
        {
            return state;
        }

        queue.Traits &= ~QueueTraits.Transient;
        return state with { Bands = WithoutTransient(state.Bands) };
    }

    public static bool Exists(Database database, long incarnation, MessagePosition position, QueueTraits traits)
    {
        Span<byte> key = stackalloc byte[Keys.Message];
        Keys.WriteMessage(key, incarnation, position.Priority, position.Sequence);
        if (traits.HasFlag(QueueTraits.Durable))
        {
            using var durable = database.Get(database.Messages, key);
            if (durable.Exists)
            {
                return true;
            }
        }

        if (!traits.HasFlag(QueueTraits.Transient))
        {
            return false;
        }

        using var transient = database.Get(database.Transient, key);
        return transient.Exists;
    }

    /// <summary>Messages of a range in order, with the marks that they bear. All families are read as of one moment.</summary>
    public static List<StoredMessage> Read(Database database, long incarnation, MessageRange range, int limit)
    {
        var messages = new List<StoredMessage>();
        ReadRange(database, incarnation, range, limit, ReadOctets, messages);
        return messages;
    }

    /// <summary>Adds the messages of a range, until they are so many or so long.</summary>
    public static void ReadRange(
        Database database, long incarnation, MessageRange range, int limit, long octets, List<StoredMessage> messages)
    {
        var first = Math.Max(0, range.First);
        if (first > range.Last || limit <= 0)
        {
            return;
        }

        Span<byte> lower = stackalloc byte[Keys.Message];
        Span<byte> upper = stackalloc byte[Keys.Message];
        Keys.WriteMessage(lower, incarnation, range.Priority, first);
        Keys.WriteMessageEnd(upper, incarnation, range.Priority, range.Last);
        var snapshot = database.CreateSnapshot();
        try
        {
            var traits = Traits(database, incarnation);
            using var durable = Open(database, traits, QueueTraits.Durable, lower, upper, snapshot);
            using var transient = Open(database, traits, QueueTraits.Transient, lower, upper, snapshot);
            using var marks = Open(database, traits, QueueTraits.Marks, lower, upper, snapshot);
            new RangeMerge(durable, transient, marks, range.Priority).Read(limit, octets, messages);
        }
        finally
        {
            database.Release(snapshot);
        }
    }

    /// <summary>
    /// Messages that expire, in their order, from one on. The index may name messages that are gone; those are left out and told to
    /// <paramref name="forget"/>, so that none is met twice.
    /// </summary>
    public static List<ExpiringMessage> ReadExpiring(
        Database database, long incarnation, ExpiringMessage from, int limit, Action<IReadOnlyList<ExpiringMessage>> forget)
    {
        var expiring = new List<ExpiringMessage>();
        var traits = Traits(database, incarnation);
        if (!traits.HasFlag(QueueTraits.Expiring))
        {
            return expiring;
        }

        Span<byte> lower = stackalloc byte[Keys.Expiring];
        Span<byte> upper = stackalloc byte[Keys.Queue];
        Keys.WriteExpiring(lower, incarnation, from.ExpiresAt, from.Position);
        Keys.WriteQueueEnd(upper, incarnation);
        var gone = new List<ExpiringMessage>();
        using var scan = new BoundedScan(database, database.Expiring, lower, upper);
        while (expiring.Count < limit && scan.Next())
        {
            var message = Keys.ExpiringOf(scan.Key);
            if (Exists(database, incarnation, message.Position, traits))
            {
                expiring.Add(message);
            }
            else if (gone.Count < ForgetAtOnce)
            {
                gone.Add(message);
            }
        }

        if (gone.Count > 0)
        {
            forget(gone);
        }

        return expiring;
    }

    public static QueueTraits Traits(Database database, long incarnation)
    {
        Span<byte> key = stackalloc byte[Keys.Queue];
        Keys.WriteQueue(key, incarnation);
        using var value = database.Get(database.Queues, key);
        return value.Exists ? QueueRow.Read(value.Span).Traits : QueueTraits.None;
    }

    private static BoundedScan? Open(
        Database database, QueueTraits traits, QueueTraits trait, ReadOnlySpan<byte> lower, ReadOnlySpan<byte> upper, nint snapshot)
    {
        if (!traits.HasFlag(trait))
        {
            return null;
        }

        var family = trait switch
        {
            QueueTraits.Durable => database.Messages,
            QueueTraits.Transient => database.Transient,
            _ => database.Marks,
        };
        return new BoundedScan(database, family, lower, upper, snapshot);
    }

    private static List<StoredBand> WithoutTransient(IReadOnlyList<StoredBand> bands)
    {
        var kept = new List<StoredBand>(bands.Count);
        foreach (var band in bands)
        {
            if (band.Durable > 0)
            {
                kept.Add(band with { Transient = 0, TransientBytes = 0 });
            }
        }

        return kept;
    }
}
