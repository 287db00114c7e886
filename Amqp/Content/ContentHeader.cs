using System.Buffers.Binary;

namespace OrleansBroker.Amqp.Content;

/// <summary>A content header (AMQP 0-9-1 §4.2.6.1) as it lies in a header frame's payload.</summary>
public readonly ref struct ContentHeader
{
    /// <summary>The class that the content belongs to; basic has content only, 60.</summary>
    public ushort ClassId { get; private init; }

    /// <summary>Unused, must be zero.</summary>
    public ushort Weight { get; private init; }

    /// <summary>Octets of the body, in all its frames together.</summary>
    public ulong BodySize { get; private init; }

    /// <summary>Property flags and property list, octet by octet as they were sent.</summary>
    public ReadOnlySpan<byte> Properties { get; private init; }

    /// <summary>Reads the parts of the header; the properties are not looked into.</summary>
    /// <exception cref="AmqpFormatException">The payload is too short.</exception>
    public static ContentHeader Read(ReadOnlySpan<byte> payload) => payload.Length < 14
        ? throw new AmqpFormatException($"a content header has 14 octets at least, not {payload.Length}", ReplyCodes.FrameError)
        : new ContentHeader
        {
            ClassId = BinaryPrimitives.ReadUInt16BigEndian(payload),
            Weight = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]),
            BodySize = BinaryPrimitives.ReadUInt64BigEndian(payload[4..]),
            Properties = payload[12..],
        };
}
