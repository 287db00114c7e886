using System.Reflection;

namespace OrleansBroker.Tests.Hosting;

/// <summary>Stands for a grain, or for what gives grains out, and tells what was called. A proxy, for a class would be taken for a grain.</summary>
public class GrainDouble : DispatchProxy
{
    private Func<string, object?[], object?>? _answer;

    internal static T Create<T>(Func<string, object?[], object?> answer)
        where T : class
    {
        var grain = DispatchProxy.Create<T, GrainDouble>();
        ((GrainDouble)(object)grain)._answer = answer;
        return grain;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer!(targetMethod!.Name, args ?? []);
}
