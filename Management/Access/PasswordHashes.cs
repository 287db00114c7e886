using System.Text;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Access;

/// <summary>
/// Password hashes as definitions have them: an algorithm, and base 64. The broker's own hashes, which have parts, are one text in base 64
/// there: RabbitMQ takes such a user in, and the user needs a new password there.
/// </summary>
internal static class PasswordHashes
{
    private const string Own = "pbkdf2-sha256";
    private const string Default = "rabbit_password_hashing_sha256";

    /// <summary>The algorithm and the hash of a stored one.</summary>
    public static (string Algorithm, string Hash) Split(string? stored)
    {
        if (stored is null)
        {
            return (Default, "");
        }

        var at = stored.IndexOf('$', StringComparison.Ordinal);
        var (algorithm, hash) = (stored[..at], stored[(at + 1)..]);
        return (algorithm, algorithm == Own ? Convert.ToBase64String(Encoding.UTF8.GetBytes(hash)) : hash);
    }

    /// <summary>What is stored of an algorithm and a hash; null where the hash is empty: no password is right.</summary>
    public static string? Join(string? algorithm, string hash)
    {
        if (hash.Length == 0)
        {
            return null;
        }

        var octets = new byte[hash.Length];
        if (!Convert.TryFromBase64String(hash, octets, out var length))
        {
            throw ApiException.BadRequest("[\"not_base64\"]");
        }

        return algorithm == Own ? $"{Own}${Encoding.UTF8.GetString(octets, 0, length)}" : $"{algorithm ?? Default}${hash}";
    }
}
