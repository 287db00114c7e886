using System.Security.Cryptography;
using System.Text;

namespace OrleansBroker.CommandLine.Access;

/// <summary>RabbitMQ's hash of a password: a salt of four octets, then SHA-256 of salt and password, in base 64.</summary>
internal static class PasswordHash
{
    private const int SaltLength = 4;

    public static string Make(string password) => Make(password, RandomNumberGenerator.GetBytes(SaltLength));

    public static string Make(string password, byte[] salt) =>
        Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
}
