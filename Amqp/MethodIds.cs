using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;

namespace OrleansBroker.Amqp;

/// <summary>The parts and names of method ids.</summary>
public static class MethodIds
{
    private static readonly FrozenDictionary<MethodId, string> Names =
        Enum.GetValues<MethodId>().Where(id => id != MethodId.None).ToFrozenDictionary(id => id, id => SpecName(id.ToString()));

    /// <summary>The method that a method frame's payload begins with; it need not be one that exists.</summary>
    /// <exception cref="AmqpFormatException">The payload has less than four octets.</exception>
    public static MethodId Read(ReadOnlySpan<byte> payload) => BinaryPrimitives.TryReadInt32BigEndian(payload, out var id)
        ? (MethodId)id
        : throw new AmqpFormatException("a method frame has four octets at least", ReplyCodes.FrameError);

    /// <summary>The class id, as connection.close and channel.close tell it.</summary>
    public static ushort ClassId(this MethodId method) => (ushort)((int)method >> 16);

    /// <summary>The method id within its class, as connection.close and channel.close tell it.</summary>
    public static ushort Number(this MethodId method) => (ushort)method;

    /// <summary>Whether the protocol has the method.</summary>
    public static bool IsKnown(this MethodId method) => Names.ContainsKey(method);

    /// <summary>Whether a content header follows the method.</summary>
    public static bool HasContent(this MethodId method) =>
        method is MethodId.BasicPublish or MethodId.BasicDeliver or MethodId.BasicReturn or MethodId.BasicGetOk;

    /// <summary>The name as the specification writes it, <c>basic.recover-async</c>; the numbers where there is no such method.</summary>
    public static string Name(this MethodId method) =>
        Names.TryGetValue(method, out var name) ? name : $"{method.ClassId()}.{method.Number()}";

    // "BasicRecoverAsync" is basic.recover-async: the class up to the first dot, then the words.
    private static string SpecName(string id)
    {
        var name = new StringBuilder(id.Length + 3);
        var words = 0;
        foreach (var letter in id)
        {
            if (char.IsUpper(letter) && words++ > 0)
            {
                name.Append(words == 2 ? '.' : '-');
            }

            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }
}
