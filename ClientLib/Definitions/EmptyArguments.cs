using System.Collections.Frozen;

namespace OrleansBroker.ClientLib.Definitions;

internal static class EmptyArguments
{
    public static IReadOnlyDictionary<string, object?> Instance { get; } = FrozenDictionary<string, object?>.Empty;
}
