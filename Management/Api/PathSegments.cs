using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace OrleansBroker.Management.Api;

/// <summary>
/// Names in the path, decoded once. The server's own decoding leaves <c>%2F</c> as it is and decodes the rest, after which a slash in
/// a name and the text "%2F" in one can no longer be told apart.
/// </summary>
internal static class PathSegments
{
    /// <summary>The parameters of an operation's path by their names.</summary>
    /// <exception cref="ApiException">The request's target has other segments than the path that was matched, as with dots in it.</exception>
    public static IReadOnlyDictionary<string, string> Read(HttpContext context, ApiOperation operation)
    {
        var pattern = operation.Path.Split('/');
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!pattern.Any(IsParameter))
        {
            return names;
        }

        var segments = Target(context).Split('/');
        var offset = segments.Length - pattern.Length;
        for (var i = 0; i < pattern.Length; i++)
        {
            var segment = offset > 0 ? Uri.UnescapeDataString(segments[offset + i]) : "";
            if (IsParameter(pattern[i]))
            {
                names[pattern[i][1..^1]] = segment;
            }
            else if (!string.Equals(segment, pattern[i], StringComparison.OrdinalIgnoreCase))
            {
                throw ApiException.NotFound();
            }
        }

        return names;
    }

    private static string Target(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return (query < 0 ? target : target[..query]).TrimEnd('/');
    }

    private static bool IsParameter(string segment) => segment.StartsWith('{');
}
