using System.Reflection;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Tests.Exchanges;

/// <summary>Stands for a queue's grain and tells what was called. A proxy, for a class would be taken for a grain.</summary>
public class QueueDouble : DispatchProxy
{
    private Func<string, object?[], object?>? _answer;

    internal static IQueueGrain Locate(QueueId id) => Create((method, _) => throw new InvalidOperationException($"{method} of {id} was called"));

    internal static IQueueGrain Create(Func<string, object?[], object?> answer)
    {
        var queue = DispatchProxy.Create<IQueueGrain, QueueDouble>();
        ((QueueDouble)(object)queue)._answer = answer;
        return queue;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer!(targetMethod!.Name, args ?? []);
}
