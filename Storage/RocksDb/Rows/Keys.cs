using System.Buffers.Binary;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.RocksDb.Rows;

/// <summary>
/// Keys are big-endian, so that RocksDB's order by octets is the order of the numbers. None is negative.
/// <code>
/// messages, transient, marks   incarnation (8)  priority (1)  sequence (8)
/// expiring                     incarnation (8)  expires at (8)  priority (1)  sequence (8)
/// queues                       incarnation (8)
/// topology, sequences          UTF-8 text
/// </code>
/// </summary>
internal static class Keys
{
    public const int Queue = 8;
    public const int Message = 17;
    public const int Expiring = 25;

    public static void WriteQueue(Span<byte> key, long incarnation) => BinaryPrimitives.WriteInt64BigEndian(key, incarnation);

    /// <summary>The queue after this one: where a queue's rows end.</summary>
    public static void WriteQueueEnd(Span<byte> key, long incarnation) =>
        BinaryPrimitives.WriteUInt64BigEndian(key, (ulong)incarnation + 1);

    public static void WriteMessage(Span<byte> key, long incarnation, byte priority, long sequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, incarnation);
        key[8] = priority;
        BinaryPrimitives.WriteInt64BigEndian(key[9..], sequence);
    }

    /// <summary>The place after this one: where a range that ends with it ends, as RocksDB's upper bounds are exclusive.</summary>
    public static void WriteMessageEnd(Span<byte> key, long incarnation, byte priority, long sequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, incarnation);
        key[8] = priority;
        BinaryPrimitives.WriteUInt64BigEndian(key[9..], (ulong)sequence + 1);
    }

    public static void WriteExpiring(Span<byte> key, long incarnation, long expiresAt, MessagePosition position)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, incarnation);
        BinaryPrimitives.WriteInt64BigEndian(key[8..], Math.Max(0, expiresAt));
        key[16] = position.Priority;
        BinaryPrimitives.WriteInt64BigEndian(key[17..], position.Sequence);
    }

    public static long SequenceOf(ReadOnlySpan<byte> messageKey) => BinaryPrimitives.ReadInt64BigEndian(messageKey[9..]);

    public static ExpiringMessage ExpiringOf(ReadOnlySpan<byte> key) => new(
        new MessagePosition(key[16], BinaryPrimitives.ReadInt64BigEndian(key[17..])),
        BinaryPrimitives.ReadInt64BigEndian(key[8..]));
}
