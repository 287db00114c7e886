using System.Collections.Concurrent;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.Memory;

/// <summary>
/// Queues in this process's memory, gone when it ends. Several silos of one process may share an instance; the fencing is that of
/// the durable stores.
/// </summary>
public sealed class MemoryQueueStore : IQueueStore
{
    /// <summary>A read stops after about as many octets.</summary>
    internal const long ReadOctets = 4L << 20;

    private static readonly Task<bool> Committed = Task.FromResult(true);
    private static readonly Task<bool> Fenced = Task.FromResult(false);

    private readonly ConcurrentDictionary<long, MemoryQueue> _queues = new();
    private readonly ConcurrentDictionary<long, bool> _deleted = new();

    /// <inheritdoc/>
    public Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (_deleted.ContainsKey(incarnation))
            {
                // Whoever comes late finds nothing, and what it commits is refused.
                return Task.FromResult(new AcquiredQueue(long.MaxValue, QueueState.New));
            }

            var queue = _queues.GetOrAdd(incarnation, static _ => new MemoryQueue());
            lock (queue.Gate)
            {
                // Looked at again under the lock: a deletion that came between the two lines above marks before it looks for the queue.
                if (!queue.Deleted && !_deleted.ContainsKey(incarnation))
                {
                    return Task.FromResult(queue.Acquire());
                }
            }
        }
    }

    /// <inheritdoc/>
    public Task<bool> CommitAsync(QueueWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (!_queues.TryGetValue(write.Incarnation, out var queue))
        {
            return Fenced;
        }

        lock (queue.Gate)
        {
            return !queue.Deleted && queue.Commit(write) ? Committed : Fenced;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredMessage>> ReadAsync(long incarnation, MessageRange range, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queues.TryGetValue(incarnation, out var queue))
        {
            return Task.FromResult<IReadOnlyList<StoredMessage>>([]);
        }

        lock (queue.Gate)
        {
            return Task.FromResult<IReadOnlyList<StoredMessage>>(queue.Deleted ? [] : queue.Read(range, limit));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(named);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queues.TryGetValue(incarnation, out var queue))
        {
            return Task.FromResult<IReadOnlyList<StoredMessage>>([]);
        }

        lock (queue.Gate)
        {
            return Task.FromResult<IReadOnlyList<StoredMessage>>(queue.Deleted ? [] : queue.Read(named));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(
        long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queues.TryGetValue(incarnation, out var queue))
        {
            return Task.FromResult<IReadOnlyList<ExpiringMessage>>([]);
        }

        lock (queue.Gate)
        {
            return Task.FromResult<IReadOnlyList<ExpiringMessage>>(queue.Deleted ? [] : queue.ReadExpiring(from, limit));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(incarnations);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IReadOnlyList<QueueState>>([.. incarnations.Select(StateOf)]);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(long incarnation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // The mark comes before the removal: an acquisition in between finds either the mark or the queue that says it is deleted.
        _deleted.TryAdd(incarnation, true);
        if (_queues.TryGetValue(incarnation, out var queue))
        {
            lock (queue.Gate)
            {
                queue.Deleted = true;
            }

            _queues.TryRemove(incarnation, out _);
        }

        return Task.CompletedTask;
    }

    private QueueState StateOf(long incarnation)
    {
        if (!_queues.TryGetValue(incarnation, out var queue))
        {
            return QueueState.New;
        }

        lock (queue.Gate)
        {
            return queue.Deleted ? QueueState.New : queue.State;
        }
    }
}
