using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Management.Api;

/// <summary>A request that is refused, as RabbitMQ words it: a status, an <c>error</c> and a <c>reason</c>.</summary>
internal sealed class ApiException(int status, string error, string reason) : Exception(reason)
{
    public int Status => status;

    public string Error => error;

    public string Reason => Message;

    public static ApiException BadRequest(string reason) => new(StatusCodes.Status400BadRequest, "bad_request", reason);

    /// <summary>The object that the path names is not there.</summary>
    public static ApiException NotFound() => new(StatusCodes.Status404NotFound, "Object Not Found", "Not Found");

    /// <summary>Something that the request needs besides is not there.</summary>
    public static ApiException NotFound(string reason) => new(StatusCodes.Status404NotFound, "not_found", reason);

    /// <summary>The user may not do that. RabbitMQ answers 401 here too, and its tools look for it.</summary>
    public static ApiException NotAuthorised(string reason) => new(StatusCodes.Status401Unauthorized, "not_authorised", reason);

    /// <summary>What a refusal of the broker is over HTTP.</summary>
    public static ApiException Of(BrokerException refusal) => refusal.Code switch
    {
        ReplyCode.NotFound => NotFound(Explanation(refusal)),
        ReplyCode.AccessRefused or ReplyCode.NotAllowed => NotAuthorised("Access refused."),
        ReplyCode.InternalError => new(StatusCodes.Status500InternalServerError, "Internal Server Error", Explanation(refusal)),
        _ => BadRequest(Explanation(refusal)),
    };

    // The text without the code's name before it.
    private static string Explanation(BrokerException refusal)
    {
        var at = refusal.Message.IndexOf(" - ", StringComparison.Ordinal);
        return at < 0 ? refusal.Message : refusal.Message[(at + 3)..];
    }
}
