using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Orleans.Serialization.Buffers;

namespace OrleansBroker.Grains.Interfaces.Messages;

/// <summary>
/// Messages as bytes: how they cross processes. They go in parts, each with its length before it, and a receiver keeps each part in an
/// array of its own and slices it: a part is small enough (unless one message is not) that the array dies young, where one for a whole
/// batch would be a large object, and a second's worth of those a full collection. A message is a flag octet, exchange and key
/// unless they are the ones of the message before, then properties and body; texts have 16-bit lengths, octets 32-bit ones.
/// </summary>
internal static class MessageBlock
{
    /// <summary>Octets of a part at most, a single larger message apart: below the 85,000 from which an array is a large object.</summary>
    public const int PartOctets = 64 << 10;

    private const byte Persistent = 1;
    private const byte SameRoute = 2;
    private const byte DeadLettered = 4;
    private const int LengthOctets = 4;

    // What AMQP calls a short string, as exchanges and keys are.
    private const int ShortText = 255;

    /// <summary>Octets that are written of the messages.</summary>
    public static long Size(ReadOnlySpan<BrokerMessage> messages)
    {
        var size = (long)LengthOctets;
        for (var next = 0; next < messages.Length;)
        {
            next = EndOfPart(messages, next, out var octets);
            size += LengthOctets + octets;
        }

        return size;
    }

    /// <summary>Writes the messages.</summary>
    public static void Write<TBufferWriter>(ref Writer<TBufferWriter> writer, ReadOnlySpan<BrokerMessage> messages)
        where TBufferWriter : IBufferWriter<byte>
    {
        writer.WriteInt32(messages.Length);
        for (var next = 0; next < messages.Length;)
        {
            var end = EndOfPart(messages, next, out var octets);
            writer.WriteInt32(octets);
            for (; next < end; next++)
            {
                Write(ref writer, messages[next], HasRouteOf(messages, next));
            }
        }
    }

    /// <summary>Reads messages, as slices of the parts that they came in.</summary>
    public static BrokerMessage[] Read<TInput>(ref Reader<TInput> reader)
    {
        var messages = new BrokerMessage[reader.ReadInt32()];
        BrokerMessage? previous = null;
        for (var next = 0; next < messages.Length;)
        {
            var part = GC.AllocateUninitializedArray<byte>(reader.ReadInt32());
            reader.ReadBytes(part);
            for (ReadOnlyMemory<byte> rest = part; !rest.IsEmpty; next++)
            {
                previous = messages[next] = Read(ref rest, previous);
            }
        }

        return messages;
    }

    private static int EndOfPart(ReadOnlySpan<BrokerMessage> messages, int start, out int octets)
    {
        octets = 0;
        var end = start;
        for (; end < messages.Length; end++)
        {
            var size = Size(messages[end], HasRouteOf(messages, end));
            if (end > start && octets + size > PartOctets)
            {
                break;
            }

            octets = checked(octets + size);
        }

        return end;
    }

    private static bool HasRouteOf(ReadOnlySpan<BrokerMessage> messages, int index) =>
        index > 0
        && string.Equals(messages[index].Exchange, messages[index - 1].Exchange, StringComparison.Ordinal)
        && string.Equals(messages[index].RoutingKey, messages[index - 1].RoutingKey, StringComparison.Ordinal);

    private static int Size(BrokerMessage message, bool sameRoute) => checked(1
        + (sameRoute ? 0 : 4 + Encoding.UTF8.GetByteCount(message.Exchange) + Encoding.UTF8.GetByteCount(message.RoutingKey))
        + (2 * LengthOctets) + message.Size);

    private static void Write<TBufferWriter>(ref Writer<TBufferWriter> writer, BrokerMessage message, bool sameRoute)
        where TBufferWriter : IBufferWriter<byte>
    {
        writer.WriteByte((byte)((message.IsPersistent ? Persistent : 0)
            | (sameRoute ? SameRoute : 0)
            | (message.IsDeadLettered ? DeadLettered : 0)));
        if (!sameRoute)
        {
            WriteText(ref writer, message.Exchange);
            WriteText(ref writer, message.RoutingKey);
        }

        writer.WriteInt32(message.Properties.Length);
        writer.Write(message.Properties.Span);
        writer.WriteInt32(message.Body.Length);
        writer.Write(message.Body.Span);
    }

    private static void WriteText<TBufferWriter>(ref Writer<TBufferWriter> writer, string text)
        where TBufferWriter : IBufferWriter<byte>
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Span<byte> octets = length <= ShortText ? stackalloc byte[ShortText + 2] : new byte[length + 2];
        BinaryPrimitives.WriteUInt16LittleEndian(octets, checked((ushort)length));
        Encoding.UTF8.GetBytes(text, octets[2..]);
        writer.Write(octets[..(length + 2)]);
    }

    private static BrokerMessage Read(ref ReadOnlyMemory<byte> part, BrokerMessage? previous)
    {
        var flags = part.Span[0];
        part = part[1..];
        var sameRoute = (flags & SameRoute) != 0;
        var exchange = sameRoute ? previous!.Exchange : ReadText(ref part);
        var routingKey = sameRoute ? previous!.RoutingKey : ReadText(ref part);
        var properties = ReadBytes(ref part);
        var body = ReadBytes(ref part);
        return new BrokerMessage(exchange, routingKey, properties, body, (flags & Persistent) != 0, (flags & DeadLettered) != 0);
    }

    private static string ReadText(ref ReadOnlyMemory<byte> part)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(part.Span);
        var text = Encoding.UTF8.GetString(part.Span.Slice(2, length));
        part = part[(length + 2)..];
        return text;
    }

    private static ReadOnlyMemory<byte> ReadBytes(ref ReadOnlyMemory<byte> part)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(part.Span);
        var bytes = part.Slice(LengthOctets, length);
        part = part[(LengthOctets + length)..];
        return bytes;
    }
}
