using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.Rows;

/// <summary>
/// A message's value. RocksDB's checksums guard it in the log and in the table files, so that it carries none of its own.
/// <code>
/// version (1)  flags (1)  enqueued at (8)  expires at (8)  delivery count (4)
/// exchange (4 + n)  routing key (4 + n)  properties (4 + n)  body (rest)
/// </code>
/// </summary>
internal static class MessageRow
{
    private const byte Version = 1;
    private const byte Redelivered = 1;
    private const byte Expires = 2;
    private const int Header = 22;

    public static int MaxSize(StoredMessage message) =>
        Header + 12 + message.Message.Size
        + Encoding.UTF8.GetMaxByteCount(message.Message.Exchange.Length)
        + Encoding.UTF8.GetMaxByteCount(message.Message.RoutingKey.Length);

    public static int Write(StoredMessage message, Span<byte> row)
    {
        row[0] = Version;
        row[1] = (byte)((message.Redelivered ? Redelivered : 0) | (message.ExpiresAt is null ? 0 : Expires));
        BinaryPrimitives.WriteInt64LittleEndian(row[2..], message.EnqueuedAt);
        BinaryPrimitives.WriteInt64LittleEndian(row[10..], message.ExpiresAt ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(row[18..], message.DeliveryCount);
        var rest = row[Header..];
        WriteText(message.Message.Exchange, ref rest);
        WriteText(message.Message.RoutingKey, ref rest);
        BinaryPrimitives.WriteInt32LittleEndian(rest, message.Message.Properties.Length);
        message.Message.Properties.Span.CopyTo(rest[4..]);
        rest = rest[(4 + message.Message.Properties.Length)..];
        message.Message.Body.Span.CopyTo(rest);
        return row.Length - rest.Length + message.Message.Body.Length;
    }

    /// <summary>Reads a value; text that is the same as the message's before is not made twice.</summary>
    public static StoredMessage Read(ReadOnlySpan<byte> row, MessagePosition position, int? markedCount, bool transient, BrokerMessage? before)
    {
        Check(row);
        var rest = row[Header..];
        var exchange = ReadText(ref rest, before?.Exchange);
        var routingKey = ReadText(ref rest, before?.RoutingKey);
        var properties = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var owned = rest[4..].ToArray();
        var message = new BrokerMessage(exchange, routingKey, owned.AsMemory(0, properties), owned.AsMemory(properties));
        var count = BinaryPrimitives.ReadInt32LittleEndian(row[18..]);
        return new StoredMessage
        {
            Position = position,
            Message = message,
            EnqueuedAt = BinaryPrimitives.ReadInt64LittleEndian(row[2..]),
            ExpiresAt = ExpiresAt(row),
            DeliveryCount = markedCount is { } marked ? Math.Max(marked, count) : count,
            Redelivered = markedCount is not null || (row[1] & Redelivered) != 0,
            Transient = transient,
        };
    }

    public static long? ExpiresAt(ReadOnlySpan<byte> row)
    {
        Check(row);
        return (row[1] & Expires) != 0 ? BinaryPrimitives.ReadInt64LittleEndian(row[10..]) : null;
    }

    private static void Check(ReadOnlySpan<byte> row)
    {
        if (row.Length < Header + 12 || row[0] != Version)
        {
            throw new InvalidDataException("A message in the store has a form that this version does not know.");
        }
    }

    private static void WriteText(string text, ref Span<byte> rest)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest, length);
        rest = rest[(4 + length)..];
    }

    private static string ReadText(ref ReadOnlySpan<byte> rest, string? before)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var octets = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        if (before is not null && IsAscii(before, octets))
        {
            return before;
        }

        return Encoding.UTF8.GetString(octets);
    }

    private static bool IsAscii(string text, ReadOnlySpan<byte> octets) => Ascii.Equals(octets, text);
}
