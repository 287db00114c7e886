using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology;

/// <summary>Finds the grain of a queue.</summary>
internal delegate IQueueGrain QueueLocator(QueueId id);
