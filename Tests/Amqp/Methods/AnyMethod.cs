using System.Collections.Frozen;
using System.Reflection;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Tests.Amqp.Methods;

/// <summary>Decodes whatever method a payload says it is; the methods are found by reflection, so that none is forgotten.</summary>
internal static class AnyMethod
{
    private static readonly FrozenDictionary<MethodId, Decoder> Decoders = Types.ToFrozenDictionary(
        type => (MethodId)Generic(nameof(IdOf), type).Invoke(null, null)!,
        type => Generic(nameof(DecodeOne), type).CreateDelegate<Decoder>());

    private delegate void Decoder(ReadOnlySpan<byte> payload);

    public static IEnumerable<Type> Types => typeof(IMethod<>).Assembly.GetTypes().Where(type => type.IsValueType
        && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IMethod<>)));

    public static IEnumerable<MethodId> WithArguments => Decoders.Keys;

    /// <summary>Decodes the payload; false where the protocol has no such method.</summary>
    public static bool Decode(ReadOnlySpan<byte> payload)
    {
        var id = MethodIds.Read(payload);
        if (Decoders.TryGetValue(id, out var decoder))
        {
            decoder(payload);
            return true;
        }

        if (id.IsKnown())
        {
            MethodReader.DecodeEmpty(payload);
        }

        return id.IsKnown();
    }

    private static MethodInfo Generic(string name, Type type) =>
        typeof(AnyMethod).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);

    private static MethodId IdOf<TMethod>()
        where TMethod : struct, IMethod<TMethod>, allows ref struct => TMethod.Id;

    private static void DecodeOne<TMethod>(ReadOnlySpan<byte> payload)
        where TMethod : struct, IMethod<TMethod>, allows ref struct => MethodReader.Decode<TMethod>(payload);
}
