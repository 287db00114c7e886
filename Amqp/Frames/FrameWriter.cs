using System.Buffers;
using System.Buffers.Binary;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Amqp.Frames;

/// <summary>
/// Writes single frames (AMQP 0-9-1 §4.2.3), none of which allocates. A message's frames together are <see cref="ContentWriter"/>'s.
/// </summary>
public static class FrameWriter
{
    /// <summary>The size of a frame with basic.ack; of one with basic.nack or basic.reject too.</summary>
    public const int SettlementSize = Frame.Overhead + 4 + 8 + 1;

    /// <summary>The size of a heartbeat, and of any frame without payload.</summary>
    public const int HeartbeatSize = Frame.Overhead;

    /// <summary>The size of the method's frame.</summary>
    public static int SizeOf<TMethod>(scoped in TMethod method)
        where TMethod : struct, IMethod<TMethod>, allows ref struct => Frame.Overhead + MethodWriter.SizeOf(in method);

    /// <summary>Writes a method frame to the target's start; returns its size.</summary>
    /// <exception cref="AmqpFormatException">An argument does not fit into its field.</exception>
    public static int WriteMethod<TMethod>(Span<byte> target, ushort channel, scoped in TMethod method)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var size = MethodWriter.Encode(in method, target[Frame.HeaderSize..]);
        return Enclose(target, FrameType.Method, channel, size);
    }

    /// <summary>Writes a method frame.</summary>
    /// <exception cref="AmqpFormatException">An argument does not fit into its field.</exception>
    public static void WriteMethod<TMethod>(IBufferWriter<byte> output, ushort channel, scoped in TMethod method)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Advance(WriteMethod(output.GetSpan(SizeOf(in method)), channel, in method));
    }

    /// <summary>Writes the frame of a method without arguments.</summary>
    public static void WriteMethod(IBufferWriter<byte> output, ushort channel, MethodId method)
    {
        ArgumentNullException.ThrowIfNull(output);
        var target = output.GetSpan(Frame.Overhead + 4);
        BinaryPrimitives.WriteInt32BigEndian(target[Frame.HeaderSize..], (int)method);
        output.Advance(Enclose(target, FrameType.Method, channel, 4));
    }

    /// <summary>The size of a content header's frame.</summary>
    /// <param name="propertiesLength">Octets of the encoded properties; 0 is written as two, a flag word with no flag.</param>
    public static int HeaderSizeOf(int propertiesLength) => Frame.Overhead + 12 + Math.Max(2, propertiesLength);

    /// <summary>
    /// Writes a content header's frame (§4.2.6.1) to the target's start; returns its size. Properties are copied as they are; they
    /// cannot be split, so that a header may exceed the frame-max of a consumer that negotiated less than the publisher.
    /// </summary>
    public static int WriteHeader(Span<byte> target, ushort channel, long bodySize, ReadOnlySpan<byte> properties)
    {
        var payload = target[Frame.HeaderSize..];
        // Class 60 and weight 0 are one 32-bit word.
        BinaryPrimitives.WriteUInt32BigEndian(payload, 60u << 16);
        BinaryPrimitives.WriteInt64BigEndian(payload[4..], bodySize);
        if (properties.IsEmpty)
        {
            properties = [0, 0];
        }

        properties.CopyTo(payload[12..]);
        return Enclose(target, FrameType.Header, channel, 12 + properties.Length);
    }

    /// <summary>Writes one body frame to the target's start; returns its size.</summary>
    public static int WriteBody(Span<byte> target, ushort channel, ReadOnlySpan<byte> fragment)
    {
        fragment.CopyTo(target[Frame.HeaderSize..]);
        return Enclose(target, FrameType.Body, channel, fragment.Length);
    }

    /// <summary>Writes a heartbeat (§4.2.7).</summary>
    public static void WriteHeartbeat(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Advance(Enclose(output.GetSpan(HeartbeatSize), FrameType.Heartbeat, channel: 0, size: 0));
    }

    private static int Enclose(Span<byte> target, FrameType type, ushort channel, int size)
    {
        target[Frame.HeaderSize + size] = Frame.End;
        target[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], channel);
        BinaryPrimitives.WriteInt32BigEndian(target[3..], size);
        return Frame.Overhead + size;
    }
}
