using System.Buffers;
using System.Buffers.Binary;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Amqp.Content;

/// <summary>Encodes properties as property flags and property list (AMQP 0-9-1 §4.2.6.1); see <see cref="BasicPropertiesReader"/>.</summary>
public static class BasicPropertiesWriter
{
    /// <summary>The encoded properties; two zero octets where none is present.</summary>
    /// <exception cref="AmqpFormatException">A text takes more than 255 octets, or a header's value has no AMQP form.</exception>
    public static byte[] ToArray(BasicProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var output = new ArrayBufferWriter<byte>(64);
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)FlagsOf(properties));
        output.Advance(2);
        Text(properties.ContentType, output);
        Text(properties.ContentEncoding, output);
        if (properties.Headers is { } headers)
        {
            FieldTableWriter.Write(headers, output);
        }

        Octet(properties.DeliveryMode, output);
        Octet(properties.Priority, output);
        Text(properties.CorrelationId, output);
        Text(properties.ReplyTo, output);
        Text(properties.Expiration, output);
        Text(properties.MessageId, output);
        if (properties.Timestamp is { } timestamp)
        {
            BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(8), timestamp.UnixTimeSeconds);
            output.Advance(8);
        }

        Text(properties.Type, output);
        Text(properties.UserId, output);
        Text(properties.AppId, output);
        Text(properties.ClusterId, output);
        return output.WrittenSpan.ToArray();
    }

    private static PropertyFlags FlagsOf(BasicProperties p) =>
        Flag(p.ContentType, PropertyFlags.ContentType)
        | Flag(p.ContentEncoding, PropertyFlags.ContentEncoding)
        | Flag(p.Headers, PropertyFlags.Headers)
        | Flag(p.DeliveryMode, PropertyFlags.DeliveryMode)
        | Flag(p.Priority, PropertyFlags.Priority)
        | Flag(p.CorrelationId, PropertyFlags.CorrelationId)
        | Flag(p.ReplyTo, PropertyFlags.ReplyTo)
        | Flag(p.Expiration, PropertyFlags.Expiration)
        | Flag(p.MessageId, PropertyFlags.MessageId)
        | Flag(p.Timestamp, PropertyFlags.Timestamp)
        | Flag(p.Type, PropertyFlags.Type)
        | Flag(p.UserId, PropertyFlags.UserId)
        | Flag(p.AppId, PropertyFlags.AppId)
        | Flag(p.ClusterId, PropertyFlags.ClusterId);

    private static PropertyFlags Flag<T>(T? value, PropertyFlags flag) => value is null ? PropertyFlags.None : flag;

    private static void Text(string? text, IBufferWriter<byte> output)
    {
        if (text is not null)
        {
            LenientText.Write(text, output);
        }
    }

    private static void Octet(byte? value, IBufferWriter<byte> output)
    {
        if (value is { } octet)
        {
            output.GetSpan(1)[0] = octet;
            output.Advance(1);
        }
    }
}
