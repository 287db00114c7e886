using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace OrleansBroker.Management.Pages;

/// <summary>
/// Serves the pages for operators. They are plain files that hold no secret, so that they need no login; what they show comes from the
/// API, which asks for one.
/// </summary>
internal static class PageEndpoints
{
    private const string Start = "index.html";

    // Scripts, styles and requests from here only; nothing inline, nothing that turns a text into HTML or a script.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>Maps the pages below a prefix, which is empty or begins with a slash.</summary>
    public static void MapPages(this IEndpointRouteBuilder endpoints, string prefix)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        foreach (var file in PageFile.ReadAll())
        {
            endpoints.MapMethods($"{prefix}/{file.Path}", methods, context => ServeAsync(context, file));
            if (file.Path == Start)
            {
                endpoints.MapMethods($"{prefix}/", methods, context => ServeStartAsync(context, file, prefix));
            }
        }
    }

    private static Task ServeStartAsync(HttpContext context, PageFile file, string prefix)
    {
        if (prefix.Length == 0 || context.Request.Path.Value!.EndsWith('/'))
        {
            return ServeAsync(context, file);
        }

        // The files' addresses are relative, so that a proxy may serve them from wherever it likes.
        context.Response.Redirect($"{prefix}/");
        return Task.CompletedTask;
    }

    private static async Task ServeAsync(HttpContext context, PageFile file)
    {
        var response = context.Response;
        var headers = response.Headers;
        headers[HeaderNames.ETag] = file.Tag;
        // Kept, and asked for again each time: all files are of one version, the silo's.
        headers[HeaderNames.CacheControl] = "no-cache";
        headers[HeaderNames.ContentSecurityPolicy] = ContentSecurityPolicy;
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (Matches(context.Request, file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.ContentType;
        response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(file.Content, context.RequestAborted);
        }
    }

    private static bool Matches(HttpRequest request, string tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags)
        && tags.Any(each => each.Equals(EntityTagHeaderValue.Any) || each.Tag == tag);
}
