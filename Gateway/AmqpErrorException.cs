using OrleansBroker.Amqp;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Gateway;

/// <summary>A method that is refused with a reply code that the broker's own rules do not know.</summary>
internal sealed class AmqpErrorException(AmqpError error) : Exception(error.ReplyText)
{
    /// <summary>What the client is told.</summary>
    public AmqpError Error { get; } = error;
}

/// <summary>The one table from failures to what a client is told.</summary>
internal static class AmqpErrors
{
    /// <summary>Null where the failure is no refusal but a fault of the broker, to be logged.</summary>
    public static AmqpError? Of(Exception failure, MethodId method) => failure switch
    {
        AmqpErrorException known => known.Error with { Method = known.Error.Method == MethodId.None ? method : known.Error.Method },
        BrokerException refusal => AmqpError.Of((ushort)refusal.Code, Explanation(refusal.Message), method),
        AmqpFormatException malformed => AmqpError.Of(malformed, method),
        _ => null,
    };

    /// <summary>The error that a fault of the broker ends a connection with.</summary>
    public static AmqpError Fault(MethodId method) => AmqpError.Of(ReplyCodes.InternalError, "the broker failed; its log says why", method);

    // The message of a refusal begins with the code's name, which the reply text gets again.
    private static string Explanation(string message)
    {
        var at = message.IndexOf(" - ", StringComparison.Ordinal);
        return at < 0 ? message : message[(at + 3)..];
    }
}
