using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Reading;
using OrleansBroker.Storage.RocksDb.Rows;
using OrleansBroker.Storage.RocksDb.Writing;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>Queues in the embedded database.</summary>
internal sealed class RocksDbQueueStore(Database database, StoreWriter writer, ReadGate gate) : IQueueStore
{
    public Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(incarnation);
        cancellationToken.ThrowIfCancellationRequested();
        return writer.AddAsync(new AcquireOperation(incarnation));
    }

    public Task<bool> CommitAsync(QueueWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        return writer.AddAsync(new CommitOperation(write));
    }

    public async Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, MessageRange range, int limit, CancellationToken cancellationToken) =>
        await gate.RunAsync(() => QueueRows.Read(database, incarnation, range, limit), cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<StoredMessage>> ReadAsync(
        long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken) =>
        await gate.RunAsync(() => NamedMessages.Read(database, incarnation, named), cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(
        long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken) =>
        await gate.RunAsync(() => QueueRows.ReadExpiring(database, incarnation, from, limit, gone => Forget(incarnation, gone)), cancellationToken)
            .ConfigureAwait(false);

    public async Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken) =>
        await gate.RunAsync(
            () => incarnations.Select(incarnation => QueueRows.ReadState(database, new QueueEntry(incarnation, QueueRow.Unseen))).ToArray(),
            cancellationToken).ConfigureAwait(false);

    public Task DeleteAsync(long incarnation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.AddAsync(new DeleteOperation(incarnation));
    }

    private void Forget(long incarnation, IReadOnlyList<ExpiringMessage> gone) =>
        writer.Add(new ForgetExpiryOperation(incarnation, gone));
}
