namespace OrleansBroker.Grains.Interfaces.Errors;

/// <summary>Reply codes of AMQP 0-9-1 §1.7 that the broker's own rules produce; the same numbers serve AMQP, HTTP and native clients.</summary>
public enum ReplyCode
{
    /// <summary>The message routes nowhere and its publisher asked to be told.</summary>
    NoRoute = 312,
    /// <summary>The broker closes the connection: it stops, or an operator asked for it.</summary>
    ConnectionForced = 320,
    /// <summary>The user lacks the permission, or the name is reserved.</summary>
    AccessRefused = 403,
    /// <summary>The exchange, queue or virtual host does not exist.</summary>
    NotFound = 404,
    /// <summary>The queue is exclusive to another connection.</summary>
    ResourceLocked = 405,
    /// <summary>A precondition does not hold: unlike arguments, in use, not empty, unknown delivery tag.</summary>
    PreconditionFailed = 406,
    /// <summary>The request makes no sense in any state.</summary>
    SyntaxError = 502,
    /// <summary>A limit is reached.</summary>
    ResourceError = 506,
    /// <summary>The request is not allowed: duplicate consumer tag, unknown virtual host.</summary>
    NotAllowed = 530,
    /// <summary>The broker cannot do that.</summary>
    NotImplemented = 540,
    /// <summary>The broker failed.</summary>
    InternalError = 541,
}
