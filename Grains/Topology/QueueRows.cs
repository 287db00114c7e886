using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Telemetry;
using OrleansBroker.Grains.Topology.Listing;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Topology;

/// <summary>The queues' rows. Each operation is one commit, conditional on the queue's own row, so that late calls change nothing.</summary>
internal sealed class QueueRows(
    ITopologyStore store, Incarnations incarnations, VirtualHostRows virtualHosts, Unbinding unbinding, QueueCounting counting, QueueChanges queueChanges,
    BrokerTelemetry telemetry) : IQueueRows
{
    // A commit fails only because somebody else's succeeded; this many in a row mean that something is wrong.
    private const int MaxAttempts = 20;

    public async ValueTask<QueueDefinition?> FindAsync(QueueId id, CancellationToken cancellationToken)
    {
        var row = await store.GetAsync(TopologyKeys.Queue(id), cancellationToken);
        return row is null ? null : TopologyRows.Queue(row);
    }

    public async Task<(QueueDefinition Definition, bool IsNew)> CreateAsync(QueueDefinition definition)
    {
        var id = definition.Id;
        await counting.CheckLimitAsync(id);
        var created = definition with { Incarnation = await incarnations.NextAsync(CancellationToken.None) };
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var virtualHost = await virtualHosts.RequireAsync(id.VirtualHost, CancellationToken.None);
            List<TopologyChange> changes =
            [
                new(TopologyKeys.Queue(id), TopologyRows.Encode(created)) { ExpectedVersion = 0 },
                TopologyRows.Expect(TopologyKeys.VirtualHost(id.VirtualHost), virtualHost),
            ];
            changes.AddRange(IndexKeys(created).Select(key => new TopologyChange(key, TopologyRows.Marker)));
            if (await store.CommitAsync(changes, CancellationToken.None))
            {
                telemetry.Flow.QueueCreated();
                queueChanges.Created(created);
                return (created, true);
            }

            if (await FindAsync(id, CancellationToken.None) is { } existing)
            {
                return (existing, false);
            }

            virtualHosts.Forget(id.VirtualHost);
        }

        throw Contended(id);
    }

    public async Task DeleteAsync(QueueDefinition definition, bool leavesMessages = false)
    {
        var id = definition.Id;
        var destination = new Destination(DestinationKind.Queue, id.Name);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var row = await store.GetAsync(TopologyKeys.Queue(id), CancellationToken.None);
            if (row is not null && TopologyRows.Queue(row).Incarnation != definition.Incarnation)
            {
                return;
            }

            // Bindings go while the row still stands: a crash in between leaves a queue to delete, not bindings of nobody.
            await unbinding.UnbindDestinationAsync(id.VirtualHost, destination);
            if (row is null)
            {
                return;
            }

            if (await store.CommitAsync(await DeletionAsync(row, leavesMessages), CancellationToken.None))
            {
                telemetry.Flow.QueueDeleted();
                queueChanges.Deleted(definition);
                // A binding that was committed between the two lines above; from here on none can be.
                await unbinding.UnbindDestinationAsync(id.VirtualHost, destination);
                return;
            }
        }

        throw Contended(id);
    }

    public Task RemoveLeftoverAsync(QueueDefinition definition) =>
        store.CommitAsync([new(TopologyKeys.Leftover(definition.Incarnation), null)], CancellationToken.None);

    public Task SetDeadlineAsync(QueueId id, long incarnation, long? unixMilliseconds, long? usedAt) =>
        ChangeDeadlineAsync(id, incarnation, _ => (unixMilliseconds, usedAt));

    public Task HastenDeadlineAsync(QueueId id, long incarnation, long unixMilliseconds) => ChangeDeadlineAsync(
        id, incarnation, before => before.Deadline <= unixMilliseconds ? before : before with { Deadline = unixMilliseconds });

    public async ValueTask<long?> FindUsedAtAsync(QueueId id) =>
        await store.GetAsync(TopologyKeys.Deadline(id), CancellationToken.None) is { } row ? TopologyRows.UsedAt(row) : null;

    private async Task ChangeDeadlineAsync(
        QueueId id, long incarnation, Func<(long? Deadline, long? UsedAt), (long? Deadline, long? UsedAt)> change)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var queue = await store.GetAsync(TopologyKeys.Queue(id), CancellationToken.None);
            if (queue is null || TopologyRows.Queue(queue).Incarnation != incarnation)
            {
                return;
            }

            var current = await store.GetAsync(TopologyKeys.Deadline(id), CancellationToken.None);
            (long? Deadline, long? UsedAt) before = (null, null);
            if (current is not null)
            {
                before = (TopologyRows.Number(current), TopologyRows.UsedAt(current));
            }

            var after = change(before);
            if (after == before)
            {
                return;
            }

            if (await store.CommitAsync(DeadlineChanges(id, queue, current, after.Deadline, after.UsedAt), CancellationToken.None))
            {
                return;
            }
        }

        throw Contended(id);
    }

    public async ValueTask<bool> IsLeftBehindAsync(QueueDefinition definition)
    {
        if (DelayQueue.ExchangeOf(definition.Id) is not { } exchange)
        {
            return false;
        }

        var row = await store.GetAsync(TopologyKeys.Exchange(exchange), CancellationToken.None);
        return row is null || TopologyRows.Exchange(row).Incarnation != definition.Incarnation;
    }

    public async Task<GrainSubscription[]> GetSubscriptionsAsync(QueueId id)
    {
        var found = new List<GrainSubscription>();
        await foreach (var row in store.ScanAsync(TopologyKeys.SubscriptionsOf(id), null, CancellationToken.None))
        {
            found.Add(TopologyRows.Subscription(row));
        }

        return [.. found];
    }

    public async Task SaveSubscriptionAsync(QueueId id, GrainSubscription subscription)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var queue = await store.GetAsync(TopologyKeys.Queue(id), CancellationToken.None);
            if (queue is null)
            {
                return;
            }

            TopologyChange[] changes =
            [
                new(TopologyKeys.Subscription(id, subscription.Id), TopologyRows.Encode(subscription)),
                TopologyRows.Expect(queue.Key, queue.Version),
            ];
            if (await store.CommitAsync(changes, CancellationToken.None))
            {
                return;
            }
        }

        throw Contended(id);
    }

    public Task RemoveSubscriptionAsync(QueueId id, Guid subscription) =>
        store.CommitAsync([new(TopologyKeys.Subscription(id, subscription), null)], CancellationToken.None);

    private static List<TopologyChange> DeadlineChanges(QueueId id, TopologyRow queue, TopologyRow? current, long? deadline, long? usedAt)
    {
        List<TopologyChange> changes = [TopologyRows.Expect(queue.Key, queue.Version)];
        if (current is not null)
        {
            changes.Add(new(TopologyKeys.DueTime(TopologyRows.Number(current), id), null));
        }

        changes.Add(new(TopologyKeys.Deadline(id), deadline is { } at ? TopologyRows.Encode(at, usedAt) : null) { ExpectedVersion = current?.Version ?? 0 });
        if (deadline is { } due)
        {
            changes.Add(new(TopologyKeys.DueTime(due, id), TopologyRows.Marker));
        }

        return changes;
    }

    private static IEnumerable<string> IndexKeys(QueueDefinition queue)
    {
        if (!queue.Durable)
        {
            yield return TopologyKeys.TransientQueue(queue.Id);
        }

        if (queue.ExclusiveOwner is { } owner)
        {
            yield return TopologyKeys.OwnedQueue(owner.Silo, queue.Id);
        }
    }

    private static BrokerException Contended(QueueId id) =>
        new(ReplyCode.InternalError, $"the definition of {id} changes too quickly");

    private async Task<List<TopologyChange>> DeletionAsync(TopologyRow row, bool leavesMessages)
    {
        var definition = TopologyRows.Queue(row);
        var id = definition.Id;
        List<TopologyChange> changes = [new(row.Key, null) { ExpectedVersion = row.Version }];
        changes.AddRange(IndexKeys(definition).Select(key => new TopologyChange(key, null)));
        if (leavesMessages)
        {
            changes.Add(new(TopologyKeys.Leftover(definition.Incarnation), TopologyRows.Marker));
        }

        if (await store.GetAsync(TopologyKeys.Deadline(id), CancellationToken.None) is { } deadline)
        {
            changes.Add(new(deadline.Key, null) { ExpectedVersion = deadline.Version });
            changes.Add(new(TopologyKeys.DueTime(TopologyRows.Number(deadline), id), null));
        }

        if (DelayQueue.IsNameOfOne(id.Name))
        {
            // What the exchange's deletion left for the sweep.
            changes.Add(new(TopologyKeys.DueTime(0, id), null));
        }

        await foreach (var subscription in store.ScanAsync(TopologyKeys.SubscriptionsOf(id), null, CancellationToken.None))
        {
            changes.Add(new(subscription.Key, null));
        }

        return changes;
    }
}
