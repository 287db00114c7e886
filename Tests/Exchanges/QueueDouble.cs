using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Hosting;

namespace OrleansBroker.Tests.Exchanges;

/// <summary>Stands for a queue's grain and tells what was called.</summary>
internal static class QueueDouble
{
    public static IQueueGrain Locate(QueueId id) => Create((method, _) => throw new InvalidOperationException($"{method} of {id} was called"));

    public static IQueueGrain Create(Func<string, object?[], object?> answer) => GrainDouble.Create<IQueueGrain>(answer);
}
