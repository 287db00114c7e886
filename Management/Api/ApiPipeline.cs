using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Management.Api;

/// <summary>What every operation goes through: the login, the tag, the handler, and the form of what went wrong.</summary>
internal sealed partial class ApiPipeline(
    IAccessControl access, ILoginAttempts attempts, ITopology topology, TimeProvider time, ManagementOptions options, ManagementTelemetry telemetry,
    ILogger<ApiPipeline> log)
{
    /// <summary>Runs an operation.</summary>
    public async Task RunAsync(HttpContext context, ApiOperation operation)
    {
        var failure = await TryAsync(context, operation);
        if (failure is not null && context.Response.HasStarted)
        {
            // Half of a list is out: whoever reads it must not take it for the whole.
            context.Abort();
        }
        else if (failure is not null)
        {
            await failure.ExecuteAsync(context);
        }
    }

    private async Task<IResult> AnswerAsync(HttpContext context, ApiOperation operation)
    {
        var user = operation.Access == ApiAccess.Anonymous ? Nobody : await LoginAsync(context);
        if (user is null)
        {
            return ApiResults.Unauthenticated;
        }

        if (Missing(user, operation.Access) is { } reason)
        {
            LogDenied(log, user.Name, operation.Method, operation.Path, reason);
            throw ApiException.NotAuthorised(reason);
        }

        return await operation.Handler(new ApiRequest(context, user, PathSegments.Read(context, operation), topology, access, time));
    }

    /// <summary>Answers; null where that went well, else what is to be answered instead.</summary>
    private async Task<IResult?> TryAsync(HttpContext context, ApiOperation operation)
    {
        try
        {
            // A list is read while it is written: what it meets is a failure of the operation as well.
            var result = await AnswerAsync(context, operation);
            await result.ExecuteAsync(context);
            return null;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
            return null;
        }
        catch (ApiException refusal)
        {
            return ApiResults.Failure(refusal);
        }
        catch (BrokerException refusal)
        {
            return ApiResults.Failure(ApiException.Of(refusal));
        }
        catch (BadHttpRequestException failure)
        {
            return ApiResults.Failure(ApiException.BadRequest(
                failure.StatusCode == StatusCodes.Status413PayloadTooLarge ? "Exceeded HTTP request body size limit" : failure.Message));
        }
        catch (Exception failure)
        {
            LogFailed(log, failure, operation.Method, operation.Path);
            return ApiResults.Failure(new ApiException(StatusCodes.Status500InternalServerError, "Internal Server Error", "The broker failed; its log says more."));
        }
    }

    private static ApiUser Nobody { get; } = new("", []);

    /// <summary>Null where the client sent no credentials.</summary>
    private async Task<ApiUser?> LoginAsync(HttpContext context)
    {
        if (BasicCredentials.Read(context.Request.Headers.Authorization) is not var (user, password))
        {
            return null;
        }

        // The peer's address, whatever a header says of another one.
        var isLoopback = context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
        var outcome = await access.AuthenticateAsync(user, password, isLoopback, context.RequestAborted);
        attempts.Count("http", outcome == LoginOutcome.Accepted, user, context.Connection.RemoteIpAddress?.ToString() ?? "");
        switch (outcome)
        {
            case LoginOutcome.Accepted:
                return new ApiUser(user, await access.GetTagsAsync(user, context.RequestAborted));
            case LoginOutcome.LoopbackOnly:
                telemetry.LoginRefused();
                LogLoginRefused(log, user, "it may log in from this machine only");
                throw ApiException.NotAuthorised("User can only log in via localhost");
            default:
                telemetry.LoginRefused();
                LogLoginRefused(log, user, "name or password are wrong");
                await Task.Delay(options.RefusalDelay, time, context.RequestAborted);
                context.Response.Headers[HeaderNames.WWWAuthenticate] = BasicCredentials.Challenge;
                throw new ApiException(StatusCodes.Status401Unauthorized, "not_authorized", "Login failed");
        }
    }

    private static string? Missing(ApiUser user, ApiAccess access) => access switch
    {
        ApiAccess.Anonymous => null,
        _ when !user.MayUseManagement => "Not management user",
        ApiAccess.Administrator when !user.IsAdministrator => "Not administrator user",
        ApiAccess.Monitoring when !user.IsMonitor => "Not monitor user",
        ApiAccess.Policymaker when !user.IsPolicymaker => "User not authorised to access object",
        _ => null,
    };

    [LoggerMessage(5001, LogLevel.Warning, "HTTP login as {User} refused: {Reason}.")]
    private static partial void LogLoginRefused(ILogger logger, string user, string reason);

    [LoggerMessage(5002, LogLevel.Warning, "HTTP access of {User} to {Method} {Path} denied: {Reason}.")]
    private static partial void LogDenied(ILogger logger, string user, string method, string path, string reason);

    [LoggerMessage(5003, LogLevel.Error, "{Method} {Path} failed.")]
    private static partial void LogFailed(ILogger logger, Exception failure, string method, string path);
}
