using System.Buffers.Binary;
using System.Numerics;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Content;

/// <summary>
/// Reads encoded properties: the property flags and the property list of a content header (AMQP 0-9-1 §4.2.6.1),
/// without class, weight and body size. The single-property readers skip what stands before without decoding it.
/// Empty bytes mean that no property is present.
/// </summary>
public static class BasicPropertiesReader
{
    /// <summary>Which properties are present.</summary>
    public static PropertyFlags Flags(ReadOnlySpan<byte> encoded) =>
        encoded.Length < 2 ? PropertyFlags.None : (PropertyFlags)BinaryPrimitives.ReadUInt16BigEndian(encoded);

    /// <summary>Decodes all properties.</summary>
    /// <exception cref="AmqpFormatException">The bytes are no property list.</exception>
    public static BasicProperties Read(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return BasicProperties.Empty;
        }

        var flags = TakeFlags(ref encoded);
        // Initialisers run in the order they are written, which is the order of the list on the wire.
        return new BasicProperties
        {
            ContentType = ShortString(flags, PropertyFlags.ContentType, ref encoded),
            ContentEncoding = ShortString(flags, PropertyFlags.ContentEncoding, ref encoded),
            Headers = flags.HasFlag(PropertyFlags.Headers) ? FieldTableReader.Read(ref encoded) : null,
            DeliveryMode = Octet(flags, PropertyFlags.DeliveryMode, ref encoded),
            Priority = Octet(flags, PropertyFlags.Priority, ref encoded),
            CorrelationId = ShortString(flags, PropertyFlags.CorrelationId, ref encoded),
            ReplyTo = ShortString(flags, PropertyFlags.ReplyTo, ref encoded),
            Expiration = ShortString(flags, PropertyFlags.Expiration, ref encoded),
            MessageId = ShortString(flags, PropertyFlags.MessageId, ref encoded),
            Timestamp = flags.HasFlag(PropertyFlags.Timestamp)
                ? new AmqpTimestamp(BinaryPrimitives.ReadInt64BigEndian(FieldTableReader.Take(ref encoded, 8)))
                : null,
            Type = ShortString(flags, PropertyFlags.Type, ref encoded),
            UserId = ShortString(flags, PropertyFlags.UserId, ref encoded),
            AppId = ShortString(flags, PropertyFlags.AppId, ref encoded),
            ClusterId = ShortString(flags, PropertyFlags.ClusterId, ref encoded),
        };
    }

    /// <summary>
    /// Checks, without allocating, that the properties are what the other methods of this class read: after this none of them
    /// throws. Run where properties enter, so that nothing further in meets some that cannot be read.
    /// </summary>
    /// <exception cref="AmqpFormatException">The bytes are no property list, or octets follow it.</exception>
    public static void Validate(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return;
        }

        // Most messages have few of the fourteen: from the highest flag on, which is the first property, only those that are set.
        var flags = (int)TakeFlags(ref encoded) & ~3;
        while (flags != 0)
        {
            var flag = 1 << BitOperations.Log2((uint)flags);
            Check((PropertyFlags)flag, ref encoded);
            flags &= ~flag;
        }

        if (!encoded.IsEmpty)
        {
            throw Overlong(encoded.Length);
        }
    }

    /// <summary>Whether delivery-mode is 2.</summary>
    public static bool IsPersistent(ReadOnlySpan<byte> encoded) => Seek(ref encoded, PropertyFlags.DeliveryMode) && encoded[0] == 2;

    /// <summary>The priority, or null where the property is absent.</summary>
    public static byte? Priority(ReadOnlySpan<byte> encoded) => Seek(ref encoded, PropertyFlags.Priority) ? encoded[0] : null;

    /// <summary>The expiration's text, or null where the property is absent.</summary>
    public static string? Expiration(ReadOnlySpan<byte> encoded) =>
        Seek(ref encoded, PropertyFlags.Expiration) ? FieldTableReader.ReadLenientText(ref encoded) : null;

    /// <summary>The message id, or null where the property is absent.</summary>
    public static string? MessageId(ReadOnlySpan<byte> encoded) =>
        Seek(ref encoded, PropertyFlags.MessageId) ? FieldTableReader.ReadLenientText(ref encoded) : null;

    /// <summary>The correlation id, or null where the property is absent.</summary>
    public static string? CorrelationId(ReadOnlySpan<byte> encoded) =>
        Seek(ref encoded, PropertyFlags.CorrelationId) ? FieldTableReader.ReadLenientText(ref encoded) : null;

    /// <summary>The timestamp, or null where the property is absent.</summary>
    public static AmqpTimestamp? Timestamp(ReadOnlySpan<byte> encoded) =>
        Seek(ref encoded, PropertyFlags.Timestamp)
            ? new AmqpTimestamp(BinaryPrimitives.ReadInt64BigEndian(FieldTableReader.Take(ref encoded, 8)))
            : null;

    /// <summary>The headers, or null where the property is absent.</summary>
    public static FieldTable? Headers(ReadOnlySpan<byte> encoded) =>
        Seek(ref encoded, PropertyFlags.Headers) ? FieldTableReader.Read(ref encoded) : null;

    /// <summary>Moves to the value of the wanted property; false where it is absent.</summary>
    internal static bool Seek(ref ReadOnlySpan<byte> encoded, PropertyFlags wanted)
    {
        if ((Flags(encoded) & wanted) == 0)
        {
            return false;
        }

        var flags = TakeFlags(ref encoded);
        for (var flag = (int)PropertyFlags.ContentType; flag > (int)wanted; flag >>= 1)
        {
            if (((int)flags & flag) != 0)
            {
                Skip((PropertyFlags)flag, ref encoded);
            }
        }

        if (encoded.IsEmpty)
        {
            throw new AmqpFormatException($"the property list ends before {wanted}");
        }

        return true;
    }

    private static void Skip(PropertyFlags flag, ref ReadOnlySpan<byte> encoded)
    {
        var length = flag switch
        {
            PropertyFlags.DeliveryMode or PropertyFlags.Priority => 1,
            PropertyFlags.Timestamp => 8,
            PropertyFlags.Headers => BinaryPrimitives.ReadInt32BigEndian(FieldTableReader.Take(ref encoded, 4)),
            _ => FieldTableReader.Take(ref encoded, 1)[0],
        };
        FieldTableReader.Take(ref encoded, length);
    }

    private static AmqpFormatException Overlong(int left) => new($"{left} octets follow the property list");

    private static void Check(PropertyFlags flag, ref ReadOnlySpan<byte> encoded)
    {
        switch (flag)
        {
            case PropertyFlags.DeliveryMode or PropertyFlags.Priority:
                FieldTableReader.Take(ref encoded, 1);
                break;
            case PropertyFlags.Timestamp:
                FieldTableReader.Take(ref encoded, 8);
                break;
            case PropertyFlags.Headers:
                FieldTableReader.Validate(ref encoded);
                break;
            default:
                FieldTableReader.TakeLenient(ref encoded);
                break;
        }
    }

    private static PropertyFlags TakeFlags(ref ReadOnlySpan<byte> encoded)
    {
        var flags = (PropertyFlags)BinaryPrimitives.ReadUInt16BigEndian(FieldTableReader.Take(ref encoded, 2));
        // Bit 0 says that another flag word follows (§4.2.6.1); a basic header has but fourteen properties.
        if (((int)flags & 1) != 0)
        {
            throw new AmqpFormatException("a basic content header has one word of property flags");
        }

        return flags;
    }

    private static string? ShortString(PropertyFlags flags, PropertyFlags wanted, ref ReadOnlySpan<byte> encoded) =>
        (flags & wanted) != 0 ? FieldTableReader.ReadLenientText(ref encoded) : null;

    private static byte? Octet(PropertyFlags flags, PropertyFlags wanted, ref ReadOnlySpan<byte> encoded) =>
        (flags & wanted) != 0 ? FieldTableReader.Take(ref encoded, 1)[0] : null;
}
