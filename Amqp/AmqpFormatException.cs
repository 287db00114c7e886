namespace OrleansBroker.Amqp;

/// <summary>Bytes that are no AMQP: what was wrong, and what is allowed. Answered with 502 SYNTAX_ERROR or 501 FRAME_ERROR.</summary>
public sealed class AmqpFormatException(string message) : Exception(message);
