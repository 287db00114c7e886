using Orleans.Concurrency;
using Orleans.GrainDirectory;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.Memory;

namespace OrleansBroker.Grains.Stores;

/// <summary>Queues that the primary silo keeps in memory for the cluster; its key is a shard. See <see cref="IQueueStore"/>.</summary>
[Alias("orleansbroker.IQueueStoreGrain")]
internal interface IQueueStoreGrain : IGrainWithIntegerKey
{
    /// <summary>See <see cref="IQueueStore.AcquireAsync"/>.</summary>
    [Alias("Acquire")]
    Task<AcquiredQueue> AcquireAsync(long incarnation);

    /// <summary>See <see cref="IQueueStore.CommitAsync"/>; the caller sees to the order.</summary>
    [Alias("Commit")]
    Task<bool> CommitAsync(Immutable<QueueWrite> write);

    /// <summary>Messages of a range: see <see cref="IQueueStore"/>.</summary>
    [Alias("Read")]
    Task<Immutable<StoredMessage[]>> ReadAsync(long incarnation, MessageRange range, int limit);

    /// <summary>Messages by name: see <see cref="IQueueStore"/>.</summary>
    [Alias("ReadNamed")]
    Task<Immutable<StoredMessage[]>> ReadNamedAsync(long incarnation, Immutable<ExpiringMessage[]> named);

    /// <summary>See <see cref="IQueueStore.ReadExpiringAsync"/>.</summary>
    [Alias("ReadExpiring")]
    Task<Immutable<ExpiringMessage[]>> ReadExpiringAsync(long incarnation, ExpiringMessage from, int limit);

    /// <summary>See <see cref="IQueueStore.ReadStatesAsync"/>.</summary>
    [Alias("ReadStates")]
    Task<Immutable<QueueState[]>> ReadStatesAsync(long[] incarnations);

    /// <summary>See <see cref="IQueueStore.DeleteAsync"/>.</summary>
    [Alias("Delete")]
    Task DeleteAsync(long incarnation);
}

/// <inheritdoc cref="IQueueStoreGrain"/>
[PrimaryPlacement, Reentrant]
[GrainType("orleansbroker.queue-store"), GrainDirectory(BrokerDirectory.Name)]
internal sealed class QueueStoreGrain(MemoryQueueStore store) : Grain, IQueueStoreGrain
{
    public Task<AcquiredQueue> AcquireAsync(long incarnation) => store.AcquireAsync(incarnation, CancellationToken.None);

    public Task<bool> CommitAsync(Immutable<QueueWrite> write) => store.CommitAsync(write.Value);

    public async Task<Immutable<StoredMessage[]>> ReadAsync(long incarnation, MessageRange range, int limit) =>
        new([.. await store.ReadAsync(incarnation, range, limit, CancellationToken.None)]);

    public async Task<Immutable<StoredMessage[]>> ReadNamedAsync(long incarnation, Immutable<ExpiringMessage[]> named) =>
        new([.. await store.ReadAsync(incarnation, named.Value, CancellationToken.None)]);

    public async Task<Immutable<ExpiringMessage[]>> ReadExpiringAsync(long incarnation, ExpiringMessage from, int limit) =>
        new([.. await store.ReadExpiringAsync(incarnation, from, limit, CancellationToken.None)]);

    public async Task<Immutable<QueueState[]>> ReadStatesAsync(long[] incarnations) =>
        new([.. await store.ReadStatesAsync(incarnations, CancellationToken.None)]);

    public Task DeleteAsync(long incarnation) => store.DeleteAsync(incarnation, CancellationToken.None);
}
