using OrleansBroker.Amqp;

namespace OrleansBroker.Grains.Interfaces.Errors;

/// <summary>Reply codes of AMQP 0-9-1 §1.7 that the broker's own rules produce; the same numbers serve AMQP, HTTP and native clients.</summary>
public enum ReplyCode
{
    /// <summary>The message routes nowhere and its publisher asked to be told.</summary>
    NoRoute = ReplyCodes.NoRoute,
    /// <summary>The broker closes the connection: it stops, or an operator asked for it.</summary>
    ConnectionForced = ReplyCodes.ConnectionForced,
    /// <summary>The user lacks the permission, or the name is reserved.</summary>
    AccessRefused = ReplyCodes.AccessRefused,
    /// <summary>The exchange, queue or virtual host does not exist.</summary>
    NotFound = ReplyCodes.NotFound,
    /// <summary>The queue is exclusive to another connection.</summary>
    ResourceLocked = ReplyCodes.ResourceLocked,
    /// <summary>A precondition does not hold: unlike arguments, in use, not empty, unknown delivery tag.</summary>
    PreconditionFailed = ReplyCodes.PreconditionFailed,
    /// <summary>The request makes no sense in any state.</summary>
    SyntaxError = ReplyCodes.SyntaxError,
    /// <summary>A limit is reached.</summary>
    ResourceError = ReplyCodes.ResourceError,
    /// <summary>The request is not allowed: duplicate consumer tag, unknown virtual host.</summary>
    NotAllowed = ReplyCodes.NotAllowed,
    /// <summary>The broker cannot do that.</summary>
    NotImplemented = ReplyCodes.NotImplemented,
    /// <summary>The broker failed.</summary>
    InternalError = ReplyCodes.InternalError,
}
