using System.Globalization;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Grains.Delays;

/// <summary>The header <c>x-delay</c>: milliseconds that a message waits, negative once it has waited.</summary>
internal static class DelayHeader
{
    private const string Name = "x-delay";

    /// <summary>Whether the encoded headers contain the name, with its length in front as it stands on the wire.</summary>
    public static bool MayBeIn(BrokerMessage message)
    {
        var properties = message.Properties.Span;
        return (BasicPropertiesReader.Flags(properties) & PropertyFlags.Headers) != 0 && properties.IndexOf("\u0007x-delay"u8) >= 0;
    }

    /// <summary>Milliseconds that the message is to be delayed; 0 where it is not.</summary>
    public static long Of(FieldTable headers) => Math.Max(0, Read(headers[Name]));

    /// <summary>Milliseconds that the message is to be delayed; 0 where it is not, or its properties cannot be read.</summary>
    public static long Of(BrokerMessage message)
    {
        try
        {
            return MayBeIn(message) && BasicPropertiesReader.Headers(message.Properties.Span) is { } headers ? Of(headers) : 0;
        }
        catch (AmqpFormatException)
        {
            // Routing has read them to delay the message at all.
            return 0;
        }
    }

    /// <summary>
    /// The message whose delay is over: the same, with the header negated as RabbitMQ's plug-in has it, so that no exchange further on
    /// delays it again.
    /// </summary>
    public static BrokerMessage Over(BrokerMessage message)
    {
        try
        {
            var properties = BasicPropertiesReader.Read(message.Properties.Span);
            if (properties.Headers is not { } headers || Of(headers) is not (> 0 and var delay))
            {
                return message;
            }

            object negated = delay <= int.MaxValue ? (object)(int)-delay : -delay;
            return message.WithProperties(BasicPropertiesWriter.ToArray(properties with { Headers = headers.With(Name, negated) }));
        }
        catch (AmqpFormatException)
        {
            return message;
        }
    }

    // What the plug-in tolerates: integers of any width, their digits as text, and fractions, which are cut off.
    private static long Read(object? value) => value switch
    {
        sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        float number => Whole(number),
        double number => Whole(number),
        decimal number => Whole((double)number),
        _ => 0,
    };

    private static long Whole(double number) => double.IsNaN(number) ? 0 : (long)Math.Clamp(number, 0, 1L << 62);
}
