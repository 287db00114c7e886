using System.Collections.Concurrent;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Queues.Grain;

/// <summary>A store whose commits and deletions the test can hold back before they reach the store beneath.</summary>
internal sealed class HeldStore(IQueueStore store) : IQueueStore
{
    private readonly ConcurrentDictionary<long, bool> _released = new();
    private TaskCompletionSource? _gate;
    private int _waiting;

    /// <summary>Commits and deletions that are held.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether an owner ended cleanly.</summary>
    public bool WasReleased(long incarnation) => _released.ContainsKey(incarnation);

    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => Interlocked.Exchange(ref _gate, null)?.SetResult();

    public async Task<bool> CommitAsync(QueueWrite write)
    {
        await PassAsync();
        var committed = await store.CommitAsync(write);
        if (committed && write.State.Released)
        {
            _released[write.Incarnation] = true;
        }

        return committed;
    }

    public Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken) =>
        store.AcquireAsync(incarnation, cancellationToken);

    public Task<IReadOnlyList<StoredMessage>> ReadAsync(long incarnation, MessageRange range, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(incarnation, range, limit, cancellationToken);

    public Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken) =>
        store.ReadAsync(incarnation, named, cancellationToken);

    public Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(
        long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken) =>
        store.ReadExpiringAsync(incarnation, from, limit, cancellationToken);

    public Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken) =>
        store.ReadStatesAsync(incarnations, cancellationToken);

    public async Task DeleteAsync(long incarnation, CancellationToken cancellationToken)
    {
        await PassAsync();
        await store.DeleteAsync(incarnation, cancellationToken);
    }

    private async Task PassAsync()
    {
        if (_gate is { } gate)
        {
            Interlocked.Increment(ref _waiting);
            await gate.Task;
            Interlocked.Decrement(ref _waiting);
        }
    }
}
