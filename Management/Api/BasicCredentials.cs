using System.Text;
using Microsoft.Net.Http.Headers;

namespace OrleansBroker.Management.Api;

/// <summary>Name and password of an <c>Authorization: Basic</c> header (RFC 7617), in UTF-8.</summary>
internal static class BasicCredentials
{
    private const string Scheme = "Basic ";

    /// <summary>What the client is asked for where it sent none.</summary>
    public const string Challenge = "Basic realm=\"RabbitMQ Management\"";

    /// <summary>Null where there is no such header or it cannot be read.</summary>
    public static (string User, string Password)? Read(string? authorization)
    {
        if (authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        var encoded = authorization.AsSpan(Scheme.Length).Trim();
        var octets = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, octets, out var length))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(octets, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
    }

    /// <summary>The header's name.</summary>
    public static string Header => HeaderNames.Authorization;
}
