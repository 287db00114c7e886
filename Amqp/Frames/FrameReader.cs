using System.Buffers;
using System.Buffers.Binary;

namespace OrleansBroker.Amqp.Frames;

/// <summary>
/// Reads the frames of one buffer one after another. Where frames lie within one segment, and most do, it works on that segment's
/// span and touches the sequence only at a segment's end. Afterwards <see cref="Position"/> is what the pipe may forget; the buffer's
/// end is what has been examined.
/// </summary>
public ref struct FrameReader
{
    private ReadOnlySequence<byte> _rest;
    private ReadOnlySpan<byte> _span;
    private int _taken;

    /// <summary>A reader at the buffer's start.</summary>
    /// <param name="buffer">What the pipe holds.</param>
    /// <param name="frameMax">See <see cref="FrameMax"/>.</param>
    public FrameReader(in ReadOnlySequence<byte> buffer, int frameMax)
    {
        _rest = buffer;
        _span = buffer.FirstSpan;
        FrameMax = frameMax;
    }

    /// <summary>
    /// The largest frame that was negotiated, in octets. Like RabbitMQ the reader lets it pass by 8, because clients differ in
    /// whether they count the octets around the payload.
    /// </summary>
    public int FrameMax { get; set; }

    /// <summary>The end of what has been read.</summary>
    public readonly SequencePosition Position => _rest.GetPosition(_taken);

    /// <summary>
    /// Reads the next frame. False without an error means that more octets are needed; false with an error that the connection is
    /// out of step and must be closed without reading on. A frame that is too large or of an unknown type is refused by its first
    /// seven octets, so that nobody waits for, or buffers, what it claims to hold.
    /// </summary>
    public bool TryRead(out Frame frame, out AmqpError? error)
    {
        var span = _span[_taken..];
        if (!TryReadHeader(span, out frame, out var size, out error))
        {
            return error is null && TryReadAcross(out frame, out error);
        }

        if (span.Length - Frame.Overhead < size)
        {
            return TryReadAcross(out frame, out error);
        }

        if (span[Frame.HeaderSize + size] != Frame.End)
        {
            error = BadEnd(frame, span[Frame.HeaderSize + size]);
            return false;
        }

        frame = new Frame(frame.Type, frame.Channel, span.Slice(Frame.HeaderSize, size));
        _taken += Frame.Overhead + size;
        return true;
    }

    // The frame ends in a later segment, if it ends at all in this buffer.
    private bool TryReadAcross(out Frame frame, out AmqpError? error)
    {
        _rest = _rest.Slice(_taken);
        _span = _rest.FirstSpan;
        _taken = 0;
        Span<byte> header = stackalloc byte[Frame.HeaderSize];
        var length = (int)Math.Min(_rest.Length, Frame.HeaderSize);
        _rest.Slice(0, length).CopyTo(header);
        if (!TryReadHeader(header[..length], out frame, out var size, out error) || _rest.Length - Frame.Overhead < size)
        {
            return false;
        }

        var end = _rest.Slice(Frame.HeaderSize + size, 1).FirstSpan[0];
        if (end != Frame.End)
        {
            error = BadEnd(frame, end);
            return false;
        }

        frame = new Frame(frame.Type, frame.Channel, _rest.Slice(Frame.HeaderSize, size));
        _rest = _rest.Slice(Frame.Overhead + size);
        _span = _rest.FirstSpan;
        return true;
    }

    // The type and channel of the frame that begins here, and its payload's size once that has been found acceptable.
    private readonly bool TryReadHeader(scoped ReadOnlySpan<byte> span, out Frame frame, out int size, out AmqpError? error)
    {
        error = null;
        size = 0;
        if (span.Length < Frame.HeaderSize)
        {
            frame = default;
            return false;
        }

        var claimed = BinaryPrimitives.ReadUInt32BigEndian(span[3..]);
        frame = new Frame((FrameType)span[0], BinaryPrimitives.ReadUInt16BigEndian(span[1..]), default(ReadOnlySpan<byte>));
        error = claimed > (uint)FrameMax ? TooLarge(frame, claimed) : Refusal(frame, (int)claimed);
        size = (int)claimed;
        return error is null;
    }

    private static AmqpError? Refusal(in Frame frame, int size) => frame.Type switch
    {
        FrameType.Method when size >= 4 => null,
        FrameType.Header when size >= 14 => frame.Channel == 0 ? Unexpected(frame, size) : null,
        FrameType.Body => frame.Channel == 0 ? Unexpected(frame, size) : null,
        FrameType.Heartbeat when size == 0 => frame.Channel != 0 ? Unexpected(frame, size) : null,
        _ => AmqpError.Of(ReplyCodes.FrameError, $"type {(int)frame.Type}, {size} octets on channel {frame.Channel}: unknown_frame"),
    };

    private static AmqpError Unexpected(in Frame frame, int size) =>
        AmqpError.Of(ReplyCodes.UnexpectedFrame, $"type {(int)frame.Type}, {size} octets on channel {frame.Channel}");

    private readonly AmqpError TooLarge(in Frame frame, uint size) => AmqpError.Of(
        ReplyCodes.FrameError,
        $"type {(int)frame.Type}, all octets = <<>>: {{frame_too_large,{size},{FrameMax - Frame.Overhead}}}");

    private static AmqpError BadEnd(in Frame frame, byte end) =>
        AmqpError.Of(ReplyCodes.FrameError, $"type {(int)frame.Type}: {{invalid_frame_end_marker,{end}}}");
}
