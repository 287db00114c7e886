using System.Buffers;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Amqp.Frames;

/// <summary>
/// Writes a message: a method with content, its header and its body in as many frames as frame-max asks for. Works with
/// <see cref="BasicDeliver"/>, <see cref="BasicReturn"/>, <see cref="BasicGetOk"/> and, for a client, <see cref="BasicPublish"/>.
/// Allocates nothing: who sends thousands of messages adds up their sizes, gets one span and writes them one behind the other.
/// </summary>
public static class ContentWriter
{
    // Beyond this a message is written in several pieces, so that no writer must find one span for a body of many megabytes.
    private const int WrittenAtOnce = 64 * 1024;

    /// <summary>The exact size of the message's frames together.</summary>
    /// <param name="method">The method.</param>
    /// <param name="propertiesLength">Octets of the encoded properties.</param>
    /// <param name="bodyLength">Octets of the body.</param>
    /// <param name="frameMax">The frame-max that the receiver negotiated; 0 for no limit.</param>
    public static int SizeOf<TMethod>(scoped in TMethod method, int propertiesLength, int bodyLength, int frameMax)
        where TMethod : struct, IMethod<TMethod>, allows ref struct =>
        FrameWriter.SizeOf(in method) + FrameWriter.HeaderSizeOf(propertiesLength) + BodySizeOf(bodyLength, frameMax);

    /// <summary>Writes the message to the target's start; returns its size.</summary>
    /// <exception cref="AmqpFormatException">An argument does not fit into its field.</exception>
    public static int Write<TMethod>(
        Span<byte> target, ushort channel, scoped in TMethod method, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body, int frameMax)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var written = WriteHead(target, channel, in method, properties, body.Length);
        while (!body.IsEmpty)
        {
            var fragment = TakeFragment(ref body, frameMax);
            written += FrameWriter.WriteBody(target[written..], channel, fragment);
        }

        return written;
    }

    /// <summary>Writes the message.</summary>
    /// <exception cref="AmqpFormatException">An argument does not fit into its field.</exception>
    public static void Write<TMethod>(
        IBufferWriter<byte> output, ushort channel, scoped in TMethod method, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body, int frameMax)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(output);
        var headSize = FrameWriter.SizeOf(in method) + FrameWriter.HeaderSizeOf(properties.Length);
        var size = headSize + (long)BodySizeOf(body.Length, frameMax);
        if (size <= WrittenAtOnce)
        {
            output.Advance(Write(output.GetSpan((int)size), channel, in method, properties, body, frameMax));
            return;
        }

        output.Advance(WriteHead(output.GetSpan(headSize), channel, in method, properties, body.Length));
        while (!body.IsEmpty)
        {
            var fragment = TakeFragment(ref body, frameMax);
            output.Advance(FrameWriter.WriteBody(output.GetSpan(Frame.Overhead + fragment.Length), channel, fragment));
        }
    }

    private static int WriteHead<TMethod>(
        Span<byte> target, ushort channel, scoped in TMethod method, ReadOnlySpan<byte> properties, int bodyLength)
        where TMethod : struct, IMethod<TMethod>, allows ref struct
    {
        var written = FrameWriter.WriteMethod(target, channel, in method);
        return written + FrameWriter.WriteHeader(target[written..], channel, bodyLength, properties);
    }

    // An empty body has no frame at all (§4.2.6.2).
    private static int BodySizeOf(int bodyLength, int frameMax)
    {
        var fragment = FragmentMax(frameMax);
        return bodyLength <= fragment
            ? bodyLength + (bodyLength == 0 ? 0 : Frame.Overhead)
            : checked(bodyLength + ((int)(((long)bodyLength + fragment - 1) / fragment) * Frame.Overhead));
    }

    private static ReadOnlySpan<byte> TakeFragment(ref ReadOnlySpan<byte> body, int frameMax)
    {
        var fragment = body[..Math.Min(body.Length, FragmentMax(frameMax))];
        body = body[fragment.Length..];
        return fragment;
    }

    private static int FragmentMax(int frameMax) => frameMax == 0 ? int.MaxValue - Frame.Overhead : frameMax - Frame.Overhead;
}
