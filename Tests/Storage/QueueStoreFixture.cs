using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Tests.Storage;

/// <summary>A queue store under test, and calls for one queue in it.</summary>
public abstract class QueueStoreFixture
{
    private protected const long Queue = 7;

    protected abstract IQueueStore Store { get; }

    private protected Task<AcquiredQueue> AcquireAsync() => Store.AcquireAsync(Queue, default);

    private protected Task<bool> CommitAsync(long epoch, params StoredMessage[] messages) => Store.CommitAsync(Samples.Write(Queue, epoch, messages));

    private protected Task<bool> RemoveAsync(long epoch, params MessageRange[] ranges) => Store.CommitAsync(Samples.Write(Queue, epoch) with
    {
        Removed = ranges,
        State = new QueueState { NextSequence = ranges[0].Last is > 0 and < long.MaxValue ? ranges[0].Last + 1 : 1 },
    });

    private protected Task<bool> RequeueAsync(long epoch, params RequeuedMessage[] requeued) =>
        Store.CommitAsync(Samples.Write(Queue, epoch) with { Requeued = requeued });

    private protected Task<IReadOnlyList<StoredMessage>> ReadAsync(long first = 1, long last = long.MaxValue, int limit = int.MaxValue, byte priority = 0) =>
        Store.ReadAsync(Queue, new MessageRange(priority, first, last), limit, default);

    private protected async Task<IEnumerable<long>> SequencesAsync(long first = 1, long last = long.MaxValue, int limit = int.MaxValue, byte priority = 0) =>
        (await ReadAsync(first, last, limit, priority)).Select(message => message.Position.Sequence);

    private protected async Task<IEnumerable<long>> ExpiringAsync(ExpiringMessage from = default, int limit = 100) =>
        (await Store.ReadExpiringAsync(Queue, from, limit, default)).Select(message => message.Position.Sequence);
}
