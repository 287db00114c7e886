using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace OrleansBroker.Amqp.Tables;

/// <summary>
/// Short strings that are passed on and not acted upon: properties of messages, names in tables. RabbitMQ does not look at their
/// octets, and clients put binary ids there. What is no UTF-8 becomes lone surrogates, which no UTF-8 can hold, and is written as the
/// octets that it was.
/// </summary>
internal static class LenientText
{
    // An octet above 0x7F is the low surrogate that many places on.
    private const int Escape = 0xDC00;
    private const int FirstEscaped = Escape + 0x80;
    private const int LastEscaped = Escape + 0xFF;

    public static string Decode(ReadOnlySpan<byte> octets) =>
        Utf8.IsValid(octets) ? Encoding.UTF8.GetString(octets) : DecodeEscaped(octets);

    /// <summary>Writes the text behind its length of one octet.</summary>
    /// <exception cref="AmqpFormatException">It takes more than 255 octets.</exception>
    public static void Write(string text, IBufferWriter<byte> output)
    {
        if (!text.AsSpan().ContainsAnyInRange((char)FirstEscaped, (char)LastEscaped))
        {
            FieldTableWriter.WriteShortString(text, output);
            return;
        }

        // Never longer than the text as UTF-8, where a lone surrogate takes three octets.
        var octets = new byte[Encoding.UTF8.GetByteCount(text)];
        var length = FieldTableWriter.ShortStringLength(Encode(text, octets));
        output.Write([(byte)length, .. octets.AsSpan(0, length)]);
    }

    private static string DecodeEscaped(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            var isText = Rune.DecodeFromUtf8(octets, out var rune, out var length) == OperationStatus.Done;
            foreach (var octet in isText ? [] : octets[..length])
            {
                text.Append((char)(Escape + octet));
            }

            text.Append(isText ? rune.ToString() : "");
            octets = octets[length..];
        }

        return text.ToString();
    }

    private static int Encode(ReadOnlySpan<char> text, Span<byte> octets)
    {
        var count = 0;
        while (!text.IsEmpty)
        {
            var isText = Rune.DecodeFromUtf16(text, out var rune, out var length) == OperationStatus.Done;
            if (!isText && text[0] is >= (char)FirstEscaped and <= (char)LastEscaped)
            {
                octets[count++] = (byte)(text[0] - Escape);
            }
            else
            {
                count += rune.EncodeToUtf8(octets[count..]);
            }

            text = text[length..];
        }

        return count;
    }
}
