namespace OrleansBroker.Amqp;

/// <summary>Bytes that are no AMQP: what was wrong, and what is allowed.</summary>
/// <param name="message">The explanation, without the name of the reply code.</param>
/// <param name="replyCode">What it is answered with: 502 SYNTAX_ERROR unless said otherwise.</param>
public sealed class AmqpFormatException(string message, ushort replyCode = ReplyCodes.SyntaxError) : Exception(message)
{
    /// <summary>The reply code that the peer is told; one of <see cref="ReplyCodes"/>.</summary>
    public ushort ReplyCode { get; } = replyCode;
}
