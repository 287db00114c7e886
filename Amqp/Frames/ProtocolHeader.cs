using System.Buffers;

namespace OrleansBroker.Amqp.Frames;

/// <summary>What the first octets of a connection are.</summary>
public enum ProtocolHeaderMatch
{
    /// <summary>So far they agree, but more are needed.</summary>
    Incomplete,
    /// <summary>AMQP 0-9-1, or 0-9, which clients of that time announce and which is treated alike.</summary>
    Accepted,
    /// <summary>Anything else: answered with <see cref="ProtocolHeader.Supported"/> and closed (§4.2.2).</summary>
    Refused,
}

/// <summary>The eight octets that a client opens a connection with (AMQP 0-9-1 §4.2.2).</summary>
public static class ProtocolHeader
{
    /// <summary>Octets of a protocol header.</summary>
    public const int Size = 8;

    /// <summary>The header of the version that is spoken here; a client sends it, a server answers any other with it.</summary>
    public static ReadOnlySpan<byte> Supported => "AMQP\0\0\x09\x01"u8;

    // AMQP 0-9: 1 1 0 9, as RabbitMQ accepts it too.
    private static ReadOnlySpan<byte> Version09 => "AMQP\x01\x01\0\x09"u8;

    /// <summary>
    /// Reads the header, and moves the buffer past it where it is accepted. What cannot become one is refused by its first octet that
    /// differs: an HTTP request or a TLS greeting is not waited upon.
    /// </summary>
    public static ProtocolHeaderMatch Read(ref ReadOnlySequence<byte> buffer)
    {
        Span<byte> octets = stackalloc byte[Size];
        octets = octets[..(int)Math.Min(buffer.Length, Size)];
        buffer.Slice(0, octets.Length).CopyTo(octets);
        if (!Supported.StartsWith(octets) && !Version09.StartsWith(octets))
        {
            return ProtocolHeaderMatch.Refused;
        }

        if (octets.Length < Size)
        {
            return ProtocolHeaderMatch.Incomplete;
        }

        buffer = buffer.Slice(Size);
        return ProtocolHeaderMatch.Accepted;
    }
}
