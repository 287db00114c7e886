using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansBroker.Grains.Access;

/// <summary>
/// Password hashes: <c>pbkdf2-sha256$iterations$salt$hash</c>, salt and hash in base 64. For definitions that come from RabbitMQ its
/// own are verified as well: <c>rabbit_password_hashing_sha256$</c> (or <c>sha512</c>, <c>md5</c>) and base 64 of four octets of salt and the hash.
/// </summary>
public static class PasswordHash
{
    /// <summary>The name of the broker's own algorithm.</summary>
    public const string Scheme = "pbkdf2-sha256";

    // OWASP's figure for PBKDF2-HMAC-SHA256 (2023). The cap keeps a configured hash from stalling logins.
    private const int Iterations = 600_000;
    private const int MaxIterations = 10_000_000;
    private const int RabbitSalt = 4;

    /// <summary>A hash of the password under a new salt.</summary>
    public static string Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    /// <summary>A hash under a new salt as RabbitMQ makes it, for users that are to be taken there: quick to guess passwords by.</summary>
    /// <exception cref="ArgumentException">The algorithm is none of RabbitMQ's.</exception>
    public static string Create(string password, string algorithm)
    {
        var (hash, _) = Algorithm(algorithm) ?? throw new ArgumentException($"'{algorithm}' is no hashing algorithm", nameof(algorithm));
        var salt = RandomNumberGenerator.GetBytes(RabbitSalt);
        return $"{algorithm}${Convert.ToBase64String([.. salt, .. hash([.. salt, .. Encoding.UTF8.GetBytes(password)])])}";
    }

    /// <summary>Whether it is one of RabbitMQ's algorithms.</summary>
    public static bool IsRabbitAlgorithm(string name) => Algorithm(name) is not null;

    /// <summary>Whether the password is the hash's. A malformed hash is nobody's.</summary>
    public static bool Verify(string password, string encoded) => Verifier(encoded) is { } matches && matches(password);

    /// <summary>Whether there can be a password for it.</summary>
    public static bool IsWellFormed(string encoded) => Verifier(encoded) is not null;

    private static Func<string, bool>? Verifier(string encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        var parts = encoded.Split('$');
        if (parts.Length == 2)
        {
            return RabbitVerifier(parts[0], parts[1]);
        }

        if (parts.Length != 4
            || parts[0] != Scheme
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < 1 or > MaxIterations
            || !TryDecode(parts[2], out var salt)
            || !TryDecode(parts[3], out var hash)
            || hash.Length == 0)
        {
            return null;
        }

        return password => CryptographicOperations.FixedTimeEquals(
            Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, hash.Length), hash);
    }

    private static Func<string, bool>? RabbitVerifier(string scheme, string encoded)
    {
        return Algorithm(scheme) is { } known && TryDecode(encoded, out var bytes) && bytes.Length == RabbitSalt + known.Size
            ? password => CryptographicOperations.FixedTimeEquals(
                known.Hash([.. bytes.AsSpan(0, RabbitSalt), .. Encoding.UTF8.GetBytes(password)]), bytes.AsSpan(RabbitSalt))
            : null;
    }

    // MD5 is what RabbitMQ took before 3.6: such hashes come with old definitions, none is made.
#pragma warning disable CA5351
    private static (Func<byte[], byte[]> Hash, int Size)? Algorithm(string name) => name switch
    {
        "rabbit_password_hashing_sha256" => (SHA256.HashData, SHA256.HashSizeInBytes),
        "rabbit_password_hashing_sha512" => (SHA512.HashData, SHA512.HashSizeInBytes),
        "rabbit_password_hashing_md5" => (MD5.HashData, MD5.HashSizeInBytes),
        _ => null,
    };
#pragma warning restore CA5351

    /// <summary>Compares plain passwords in a time that does not tell where they differ.</summary>
    internal static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(one)), SHA256.HashData(Encoding.UTF8.GetBytes(other)));

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            return false;
        }

        Array.Resize(ref bytes, length);
        return true;
    }
}
