using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Memory;

namespace OrleansBroker.Tests.Storage;

public sealed class MemoryQueueMessagesTests : QueueMessagesContract
{
    protected override IQueueStore Store { get; } = new MemoryQueueStore();
}

public sealed class MemoryQueueOwnershipTests : QueueOwnershipContract
{
    protected override IQueueStore Store { get; } = new MemoryQueueStore();
}

public sealed class MemoryTopologyStoreTests : TopologyStoreContract
{
    protected override ITopologyStore Store { get; } = new MemoryTopologyStore();
}
