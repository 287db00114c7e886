using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OrleansBroker.Grains.Interfaces.Messages;

/// <summary>Messages as one block of bytes: how they cross processes and, one at a time, how a store keeps them.</summary>
public static class MessageBlock
{
    private const byte Persistent = 1;
    private const byte SameRoute = 2;
    private const byte DeadLettered = 4;

    /// <summary>The encoded messages in a rented buffer; dispose it to return the buffer.</summary>
    public static RentedBlock Encode(ReadOnlySpan<BrokerMessage> messages)
    {
        var size = 4;
        BrokerMessage? previous = null;
        foreach (var message in messages)
        {
            size += 9 + message.Size + (HasRouteOf(message, previous) ? 0 : RouteSize(message));
            previous = message;
        }

        var block = new RentedBlock(size);
        var rest = block.Writable;
        BinaryPrimitives.WriteInt32LittleEndian(rest, messages.Length);
        rest = rest[4..];
        previous = null;
        foreach (var message in messages)
        {
            Write(message, HasRouteOf(message, previous), ref rest);
            previous = message;
        }

        return block;
    }

    /// <summary>The messages of a block, as slices of it.</summary>
    public static BrokerMessage[] Decode(ReadOnlyMemory<byte> block)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(block.Span);
        block = block[4..];
        var messages = new BrokerMessage[count];
        BrokerMessage? previous = null;
        for (var i = 0; i < count; i++)
        {
            previous = messages[i] = Read(ref block, previous);
        }

        return messages;
    }

    private static bool HasRouteOf(BrokerMessage message, BrokerMessage? previous) =>
        previous is not null
        && string.Equals(message.Exchange, previous.Exchange, StringComparison.Ordinal)
        && string.Equals(message.RoutingKey, previous.RoutingKey, StringComparison.Ordinal);

    private static int RouteSize(BrokerMessage message) =>
        4 + Encoding.UTF8.GetByteCount(message.Exchange) + Encoding.UTF8.GetByteCount(message.RoutingKey);

    private static void Write(BrokerMessage message, bool sameRoute, ref Span<byte> rest)
    {
        rest[0] = (byte)((message.IsPersistent ? Persistent : 0)
            | (sameRoute ? SameRoute : 0)
            | (message.IsDeadLettered ? DeadLettered : 0));
        rest = rest[1..];
        if (!sameRoute)
        {
            WriteText(message.Exchange, ref rest);
            WriteText(message.RoutingKey, ref rest);
        }

        WriteBytes(message.Properties.Span, ref rest);
        WriteBytes(message.Body.Span, ref rest);
    }

    private static BrokerMessage Read(ref ReadOnlyMemory<byte> block, BrokerMessage? previous)
    {
        var flags = block.Span[0];
        block = block[1..];
        var sameRoute = (flags & SameRoute) != 0;
        var exchange = sameRoute ? previous!.Exchange : ReadText(ref block);
        var routingKey = sameRoute ? previous!.RoutingKey : ReadText(ref block);
        var properties = ReadBytes(ref block);
        var body = ReadBytes(ref block);
        return new BrokerMessage(exchange, routingKey, properties, body, (flags & Persistent) != 0, (flags & DeadLettered) != 0);
    }

    private static void WriteText(string text, ref Span<byte> rest)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)length));
        rest = rest[(length + 2)..];
    }

    private static string ReadText(ref ReadOnlyMemory<byte> block)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(block.Span);
        var text = Encoding.UTF8.GetString(block.Span.Slice(2, length));
        block = block[(length + 2)..];
        return text;
    }

    private static void WriteBytes(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, bytes.Length);
        bytes.CopyTo(rest[4..]);
        rest = rest[(bytes.Length + 4)..];
    }

    private static ReadOnlyMemory<byte> ReadBytes(ref ReadOnlyMemory<byte> block)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(block.Span);
        var bytes = block.Slice(4, length);
        block = block[(length + 4)..];
        return bytes;
    }
}

/// <summary>An encoded block in a rented buffer.</summary>
public readonly struct RentedBlock : IDisposable
{
    private readonly byte[] _buffer;

    internal RentedBlock(int length)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(length);
        Length = length;
    }

    /// <summary>Octets in the block.</summary>
    public int Length { get; }

    /// <summary>The block, valid until it is disposed.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    internal Span<byte> Writable => _buffer.AsSpan(0, Length);

    /// <summary>Returns the buffer.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
