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
        if (span.Length >= Frame.Overhead)
        {
            var start = new FrameStart(span);
            error = RefusalOf(start);
            if (error is null && span.Length - Frame.Overhead >= start.Size)
            {
                error = RefusalOf(start, span[Frame.HeaderSize + start.Size]);
                frame = new Frame(start.Type, start.Channel, span.Slice(Frame.HeaderSize, start.Size));
                _taken += Frame.Overhead + start.Size;
                return error is null;
            }
        }

        return TryReadAcross(out frame, out error);
    }

    // The frame ends in a later segment, if it ends at all in this buffer.
    private bool TryReadAcross(out Frame frame, out AmqpError? error)
    {
        frame = default;
        error = null;
        _rest = _rest.Slice(_taken);
        _span = _rest.FirstSpan;
        _taken = 0;
        if (_rest.Length < Frame.HeaderSize)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[Frame.HeaderSize];
        _rest.Slice(0, Frame.HeaderSize).CopyTo(header);
        var start = new FrameStart(header);
        error = RefusalOf(start);
        if (error is not null || _rest.Length - Frame.Overhead < start.Size)
        {
            return false;
        }

        error = RefusalOf(start, _rest.Slice(Frame.HeaderSize + start.Size, 1).FirstSpan[0]);
        frame = new Frame(start.Type, start.Channel, _rest.Slice(Frame.HeaderSize, start.Size));
        _rest = _rest.Slice(Frame.Overhead + start.Size);
        _span = _rest.FirstSpan;
        return error is null;
    }

    private readonly AmqpError? RefusalOf(FrameStart start) => (uint)start.Size > (uint)FrameMax
        ? TooLarge(start)
        : start.Type switch
        {
            FrameType.Body => start.Channel == 0 ? Unexpected(start) : null,
            FrameType.Method when start.Size >= 4 => null,
            FrameType.Header when start.Size >= 14 => start.Channel == 0 ? Unexpected(start) : null,
            FrameType.Heartbeat when start.Size == 0 => start.Channel != 0 ? Unexpected(start) : null,
            _ => Unknown(start),
        };

    private static AmqpError? RefusalOf(FrameStart start, byte end) => end == Frame.End ? null : BadEnd(start, end);

    // Texts are put together apart from the checks: the checks are then small enough to be inlined.
    private readonly AmqpError TooLarge(FrameStart start) => AmqpError.Of(
        ReplyCodes.FrameError,
        $"type {(int)start.Type}, all octets = <<>>: {{frame_too_large,{(uint)start.Size},{FrameMax - Frame.Overhead}}}");

    private static AmqpError Unknown(FrameStart start) =>
        AmqpError.Of(ReplyCodes.FrameError, $"type {(int)start.Type}, {start.Size} octets on channel {start.Channel}: unknown_frame");

    private static AmqpError BadEnd(FrameStart start, byte end) =>
        AmqpError.Of(ReplyCodes.FrameError, $"type {(int)start.Type}: {{invalid_frame_end_marker,{end}}}");

    private static AmqpError Unexpected(FrameStart start) =>
        AmqpError.Of(ReplyCodes.UnexpectedFrame, $"type {(int)start.Type}, {start.Size} octets on channel {start.Channel}");

    // What the first seven octets say. A size beyond 31 bits is negative here; as unsigned it is above every frame-max.
    private readonly struct FrameStart(ReadOnlySpan<byte> octets)
    {
        public readonly FrameType Type = (FrameType)octets[0];
        public readonly ushort Channel = BinaryPrimitives.ReadUInt16BigEndian(octets[1..]);
        public readonly int Size = BinaryPrimitives.ReadInt32BigEndian(octets[3..]);
    }
}
