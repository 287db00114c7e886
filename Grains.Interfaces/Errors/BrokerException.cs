namespace OrleansBroker.Grains.Interfaces.Errors;

/// <summary>
/// A request that the broker refuses. <see cref="Exception.Message"/> is the reply text as AMQP clients parse it:
/// the code's name, " - ", and what was wrong, for example <c>NOT_FOUND - no queue 'q' in vhost '/'</c>.
/// </summary>
[GenerateSerializer, Alias("orleansbroker.BrokerException")]
public sealed class BrokerException : Exception
{
    /// <summary>A refusal with its code and explanation; the code's name is put in front.</summary>
    public BrokerException(ReplyCode code, string explanation)
        : base($"{NameOf(code)} - {explanation}") => Code = code;

    /// <summary>The reply code.</summary>
    [Id(0)]
    public ReplyCode Code { get; private set; }

    private static string NameOf(ReplyCode code) => code switch
    {
        ReplyCode.NoRoute => "NO_ROUTE",
        ReplyCode.ConnectionForced => "CONNECTION_FORCED",
        ReplyCode.AccessRefused => "ACCESS_REFUSED",
        ReplyCode.NotFound => "NOT_FOUND",
        ReplyCode.ResourceLocked => "RESOURCE_LOCKED",
        ReplyCode.PreconditionFailed => "PRECONDITION_FAILED",
        ReplyCode.SyntaxError => "SYNTAX_ERROR",
        ReplyCode.ResourceError => "RESOURCE_ERROR",
        ReplyCode.NotAllowed => "NOT_ALLOWED",
        ReplyCode.NotImplemented => "NOT_IMPLEMENTED",
        _ => "INTERNAL_ERROR",
    };
}
