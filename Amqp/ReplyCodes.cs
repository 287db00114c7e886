namespace OrleansBroker.Amqp;

/// <summary>The reply codes of AMQP 0-9-1 §1.7, as the numbers that go over the wire.</summary>
public static class ReplyCodes
{
    /// <summary>The method was carried out.</summary>
    public const ushort Success = 200;
    /// <summary>Soft: the content is larger than the receiver takes at present.</summary>
    public const ushort ContentTooLarge = 311;
    /// <summary>In basic.return only: the message routes nowhere.</summary>
    public const ushort NoRoute = 312;
    /// <summary>In basic.return only: nobody consumes at present.</summary>
    public const ushort NoConsumers = 313;
    /// <summary>Hard: an operator or a stopping broker closes the connection.</summary>
    public const ushort ConnectionForced = 320;
    /// <summary>Hard: the virtual host is unknown.</summary>
    public const ushort InvalidPath = 402;
    /// <summary>Soft: the user lacks the permission, or the name is reserved.</summary>
    public const ushort AccessRefused = 403;
    /// <summary>Soft: the exchange or queue does not exist.</summary>
    public const ushort NotFound = 404;
    /// <summary>Soft: the queue is exclusive to another connection.</summary>
    public const ushort ResourceLocked = 405;
    /// <summary>Soft: a precondition does not hold.</summary>
    public const ushort PreconditionFailed = 406;
    /// <summary>Hard: a frame that cannot be decoded.</summary>
    public const ushort FrameError = 501;
    /// <summary>Hard: a frame with illegal values in its fields.</summary>
    public const ushort SyntaxError = 502;
    /// <summary>Hard: a method that is invalid where it stands.</summary>
    public const ushort CommandInvalid = 503;
    /// <summary>Hard: a channel that is not open, or open already.</summary>
    public const ushort ChannelError = 504;
    /// <summary>Hard: a frame that was not expected, within content above all.</summary>
    public const ushort UnexpectedFrame = 505;
    /// <summary>Hard: not enough resources.</summary>
    public const ushort ResourceError = 506;
    /// <summary>Hard: not allowed, by configuration or by the protocol's state.</summary>
    public const ushort NotAllowed = 530;
    /// <summary>Hard: not implemented.</summary>
    public const ushort NotImplemented = 540;
    /// <summary>Hard: the broker failed.</summary>
    public const ushort InternalError = 541;

    /// <summary>The code's name as reply texts begin with it: <c>FRAME_ERROR</c>.</summary>
    public static string NameOf(ushort replyCode) => replyCode switch
    {
        Success => "REPLY_SUCCESS",
        ContentTooLarge => "CONTENT_TOO_LARGE",
        NoRoute => "NO_ROUTE",
        NoConsumers => "NO_CONSUMERS",
        ConnectionForced => "CONNECTION_FORCED",
        InvalidPath => "INVALID_PATH",
        AccessRefused => "ACCESS_REFUSED",
        NotFound => "NOT_FOUND",
        ResourceLocked => "RESOURCE_LOCKED",
        PreconditionFailed => "PRECONDITION_FAILED",
        FrameError => "FRAME_ERROR",
        SyntaxError => "SYNTAX_ERROR",
        CommandInvalid => "COMMAND_INVALID",
        ChannelError => "CHANNEL_ERROR",
        UnexpectedFrame => "UNEXPECTED_FRAME",
        ResourceError => "RESOURCE_ERROR",
        NotAllowed => "NOT_ALLOWED",
        NotImplemented => "NOT_IMPLEMENTED",
        _ => "INTERNAL_ERROR",
    };

    /// <summary>Whether the code closes the connection (a hard error, §1.2) rather than the channel.</summary>
    public static bool ClosesConnection(ushort replyCode) =>
        replyCode is ConnectionForced or InvalidPath or >= FrameError;
}
