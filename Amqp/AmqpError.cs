using System.Text;
using System.Text.Unicode;

namespace OrleansBroker.Amqp;

/// <summary>
/// What a peer did wrong, ready to be put into connection.close or channel.close. A class, so that the way on which nothing is
/// wrong carries no more than a null.
/// </summary>
/// <param name="ReplyCode">One of <see cref="ReplyCodes"/>.</param>
/// <param name="ReplyText">The code's name, a dash and the explanation; fits into a short string.</param>
/// <param name="Method">The method that caused it, or <see cref="MethodId.None"/>.</param>
public sealed record AmqpError(ushort ReplyCode, string ReplyText, MethodId Method)
{
    private const string Cut = "...";

    /// <summary>Whether it closes the connection rather than the channel.</summary>
    public bool ClosesConnection => ReplyCodes.ClosesConnection(ReplyCode);

    /// <summary>An error whose reply text is the code's name and the explanation.</summary>
    public static AmqpError Of(ushort replyCode, string explanation, MethodId method = MethodId.None) =>
        new(replyCode, Shortened($"{ReplyCodes.NameOf(replyCode)} - {explanation}"), method);

    /// <summary>The error that a method is refused with whose payload could not be decoded.</summary>
    public static AmqpError Of(AmqpFormatException refusal, MethodId method)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return Of(refusal.ReplyCode, refusal.Message, method);
    }

    /// <summary>
    /// The error for a method that the receiver does not handle: 503 where it exists but is the other side's to send, 540 where
    /// AMQP 0-9-1 with RabbitMQ's extensions has no such method.
    /// </summary>
    public static AmqpError Unhandled(MethodId method) => method.IsKnown()
        ? Of(ReplyCodes.CommandInvalid, $"unimplemented method {method.Name()}", method)
        : Of(ReplyCodes.NotImplemented, $"unknown method {method.Name()}", method);

    /// <summary>The channel's error for content above the configured size; its body frames still come and are to be dropped.</summary>
    public static AmqpError MessageTooLarge(ulong size, int limit, MethodId method) =>
        Of(ReplyCodes.PreconditionFailed, $"message size {size} is larger than configured max size {limit}", method);

    private static string Shortened(string text)
    {
        // The reply text is a short string (§4.2.5.3): cut between characters, not within one, and marked as RabbitMQ marks it.
        if (Encoding.UTF8.GetByteCount(text) <= byte.MaxValue)
        {
            return text;
        }

        Span<byte> octets = stackalloc byte[byte.MaxValue - Cut.Length];
        Utf8.FromUtf16(text, octets, out var read, out _);
        return text[..read] + Cut;
    }
}
