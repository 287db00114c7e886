using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Stores;

/// <summary>Queues that all silos of a cluster share in the memory of the primary one. For development: they die with it.</summary>
internal sealed class ClusterMemoryQueueStore(IGrainFactory grains, IOptions<ClusterMemoryOptions> options) : IQueueStore
{
    // The last commit of each queue that has one under way: calls of one grain keep no order of their own.
    private readonly ConcurrentDictionary<long, Task<bool>> _last = new();

    public Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken) =>
        Shard(incarnation).AcquireAsync(incarnation).WaitAsync(cancellationToken);

    public Task<bool> CommitAsync(QueueWrite write)
    {
        _last.TryGetValue(write.Incarnation, out var before);
        var commit = CommitAfterAsync(before, write);
        if (!commit.IsCompleted)
        {
            // All calls for one queue come from its one owner, in its turns: nobody else sets its entry meanwhile.
            _last[write.Incarnation] = commit;
            commit.ContinueWith(
                done => _last.TryRemove(new(write.Incarnation, done)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return commit;
    }

    public async Task<IReadOnlyList<StoredMessage>> ReadAsync(long incarnation, MessageRange range, int limit, CancellationToken cancellationToken) =>
        (await Shard(incarnation).ReadAsync(incarnation, range, limit).WaitAsync(cancellationToken)).Value;

    public async Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken) =>
        (await Shard(incarnation).ReadNamedAsync(incarnation, new([.. named])).WaitAsync(cancellationToken)).Value;

    public async Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(
        long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken) =>
        (await Shard(incarnation).ReadExpiringAsync(incarnation, from, limit).WaitAsync(cancellationToken)).Value;

    public async Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken)
    {
        var shards = incarnations.GroupBy(incarnation => incarnation % options.Value.QueueShards)
            .Select(async shard => (shard, States: (await grains.GetGrain<IQueueStoreGrain>(shard.Key).ReadStatesAsync([.. shard])).Value));
        var states = new Dictionary<long, QueueState>(incarnations.Count);
        foreach (var (shard, read) in await Task.WhenAll(shards).WaitAsync(cancellationToken))
        {
            foreach (var (incarnation, state) in shard.Zip(read))
            {
                states[incarnation] = state;
            }
        }

        return [.. incarnations.Select(incarnation => states[incarnation])];
    }

    public Task DeleteAsync(long incarnation, CancellationToken cancellationToken) =>
        Shard(incarnation).DeleteAsync(incarnation).WaitAsync(cancellationToken);

    private IQueueStoreGrain Shard(long incarnation) => grains.GetGrain<IQueueStoreGrain>(incarnation % options.Value.QueueShards);

    private async Task<bool> CommitAfterAsync(Task<bool>? before, QueueWrite write)
    {
        if (before is not null)
        {
            // A commit whose fate is unknown ends the owner, and its later ones with it: they must not overtake it.
            await before;
        }

        return await Shard(write.Incarnation).CommitAsync(new(write));
    }
}
