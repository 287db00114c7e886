using System.Buffers;
using System.Numerics;

namespace OrleansBroker.Amqp.Frames;

/// <summary>A frame as it stands in the buffer it was read from, and valid as long as that. Nothing is copied.</summary>
public readonly ref struct Frame
{
    // AMQP 0-9-1 §4.2.3:
    //   octet 0     1       3          7            7+size   8+size
    //   +---------+---------+----------+------------+-----------+
    //   |  type   | channel |   size   |  payload   | frame-end |
    //   +---------+---------+----------+------------+-----------+

    /// <summary>Octets before the payload.</summary>
    public const int HeaderSize = 7;

    /// <summary>Octets around the payload: what the negotiated frame-max counts besides it.</summary>
    public const int Overhead = HeaderSize + 1;

    /// <summary>The octet that ends a frame.</summary>
    public const byte End = 0xCE;

    private readonly ReadOnlySpan<byte> _span;
    private readonly ReadOnlySequence<byte> _sequence;

    internal Frame(FrameType type, ushort channel, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Channel = channel;
        Length = payload.Length;
        _span = payload;
    }

    internal Frame(FrameType type, ushort channel, scoped in ReadOnlySequence<byte> payload)
    {
        Type = type;
        Channel = channel;
        Length = (int)payload.Length;
        _span = payload.FirstSpan;
        _sequence = payload;
    }

    /// <summary>What it carries.</summary>
    public FrameType Type { get; }

    /// <summary>The channel; 0 is the connection itself.</summary>
    public ushort Channel { get; }

    /// <summary>The payload's size in octets.</summary>
    public int Length { get; }

    /// <summary>
    /// The payload in one piece: where it lies, or copied to the scratch where it lies in several. The scratch grows to the largest
    /// such payload, frame-max at most; one for each connection is enough.
    /// </summary>
    public ReadOnlySpan<byte> Payload(ref byte[] scratch)
    {
        if (_span.Length == Length)
        {
            return _span;
        }

        ArgumentNullException.ThrowIfNull(scratch);
        if (scratch.Length < Length)
        {
            scratch = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)Length)];
        }

        _sequence.CopyTo(scratch);
        return scratch.AsSpan(0, Length);
    }

    /// <summary>Copies the payload to the start of the target, which must be large enough.</summary>
    public void CopyTo(Span<byte> target)
    {
        if (_span.Length == Length)
        {
            _span.CopyTo(target);
        }
        else
        {
            _sequence.CopyTo(target);
        }
    }
}
