using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace OrleansBroker.Management.Api;

/// <summary>
/// What holds for every request below the API's root, whether an operation answers it or not: bounds, the headers that keep a browser
/// from doing what nobody wants, and the form of a path that is not there.
/// </summary>
internal sealed class ApiConventions(ManagementOptions options, string root)
{
    private const string AnyHeader = "authorization, content-type, x-reason, x-vhost";

    private readonly HashSet<string> _origins = new(
        options.AllowedOrigins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = options.MaxBodyBytes;
        }

        var isAllowed = AddHeaders(context);
        if (!isAllowed && IsChange(context.Request))
        {
            // A browser sends the password that it keeps with whatever page asks it to: that page could do what its user may.
            await ApiResults.Failure(new ApiException(StatusCodes.Status403Forbidden, "forbidden", "Pages of another origin may not change anything here")).ExecuteAsync(context);
            return;
        }

        await next(context);
        await CompleteAsync(context);
    }

    private static async Task CompleteAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            return;
        }

        if (response.StatusCode == StatusCodes.Status404NotFound && context.GetEndpoint() is null)
        {
            await ApiResults.Failure(ApiException.NotFound()).ExecuteAsync(context);
        }
        else if (response.StatusCode == StatusCodes.Status405MethodNotAllowed && HttpMethods.IsOptions(context.Request.Method))
        {
            // The header says which methods there are, which is what was asked for.
            response.StatusCode = StatusCodes.Status200OK;
        }
    }

    private bool AddHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[HeaderNames.CacheControl] = "no-cache";
        headers[HeaderNames.ContentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'";
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        headers[HeaderNames.Vary] = "accept, accept-encoding, origin";
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            return true;
        }

        if (_origins.Contains(origin))
        {
            headers[HeaderNames.AccessControlAllowOrigin] = origin;
            headers[HeaderNames.AccessControlAllowCredentials] = "true";
            if (HttpMethods.IsOptions(context.Request.Method))
            {
                headers[HeaderNames.AccessControlAllowMethods] = "GET, HEAD, PUT, POST, DELETE";
                headers[HeaderNames.AccessControlAllowHeaders] = AnyHeader;
            }

            return true;
        }

        return Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && string.Equals(uri.Authority, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsChange(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
}
