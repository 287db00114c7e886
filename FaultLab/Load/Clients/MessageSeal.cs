using System.Buffers.Binary;
using System.Security.Cryptography;
using OrleansBroker.FaultLab.History;

namespace OrleansBroker.FaultLab.Load.Clients;

/// <summary>
/// What makes a message recognizable: its name in the message id, and in the correlation id a checksum over name and body. A body that
/// is another's, cut short or torn does not fit.
/// </summary>
internal static class MessageSeal
{
    private const int Octets = 8;

    /// <summary>A body of random octets.</summary>
    public static byte[] Body(Random random, int size)
    {
        var body = new byte[size];
        random.NextBytes(body);
        return body;
    }

    /// <summary>The checksum.</summary>
    public static string Of(MessageName name, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[sizeof(int) + sizeof(long)];
        BinaryPrimitives.WriteInt32BigEndian(head, name.Publisher);
        BinaryPrimitives.WriteInt64BigEndian(head[sizeof(int)..], name.Number);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        hash.AppendData(body);
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(sum);
        return $"{body.Length}:{Convert.ToHexStringLower(sum[..Octets])}";
    }

    /// <summary>The name of a message that came, and what is wrong with it; null where it is whole.</summary>
    public static (MessageName Name, string? Damage) Check(string? messageId, string? seal, ReadOnlySpan<byte> body)
    {
        if (!MessageName.TryParse(messageId, out var name))
        {
            return (default, $"a message of {body.Length} octets with the id '{messageId}'");
        }

        var expected = Of(name, body);
        return (name, expected == seal ? null : $"a body of {body.Length} octets with the checksum {expected}, sealed as {seal}");
    }
}
