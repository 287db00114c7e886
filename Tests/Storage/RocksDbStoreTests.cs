using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Storage;

public sealed class RocksDbQueueMessagesTests : QueueMessagesContract, IDisposable
{
    private readonly StoreFolder _folder = new();

    protected override IQueueStore Store => _folder.Store.Queues;

    public void Dispose() => _folder.Dispose();
}

public sealed class RocksDbQueueOwnershipTests : QueueOwnershipContract, IDisposable
{
    private readonly StoreFolder _folder = new();

    protected override IQueueStore Store => _folder.Store.Queues;

    public void Dispose() => _folder.Dispose();
}

public sealed class RocksDbTopologyStoreTests : TopologyStoreContract, IDisposable
{
    private readonly StoreFolder _folder = new();

    protected override ITopologyStore Store => _folder.Store.Topology;

    public void Dispose() => _folder.Dispose();
}
