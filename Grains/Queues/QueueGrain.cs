using Orleans.Concurrency;
using Orleans.GrainDirectory;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Clocks;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Queues.Live;

namespace OrleansBroker.Grains.Queues;

/// <summary>
/// A queue as a virtual actor: thin, over the pure <see cref="QueueCore"/>. It is reentrant because an Enqueue waits for its commit
/// while deliveries and settlements go on; the core itself never waits, so that its state is whole between any two turns.
///
/// The grain is in one of three states: closed (nothing read yet, or the queue does not exist), open (a <see cref="LiveQueue"/> holds
/// the store's epoch), ended (fenced, failed or deleted: it only waits to be deactivated, and callers try again at the next one).
/// Two activations of one queue can exist for a while; the epoch that the store checks at each commit makes that harmless.
/// </summary>
[Reentrant, QueuePlacement]
[GrainType("orleansbroker.queue"), GrainDirectory(BrokerDirectory.Name)]
internal sealed partial class QueueGrain(QueueContext context) : Grain, IQueueGrain
{
    private QueueId _id;
    private QueueDefinition? _definition;
    private LiveQueue? _live;
    private QueueClock? _clock;
    private Task<bool>? _opening;
    private Task? _deleting;
    private long _lastUsed;
    private bool _hadDeadline;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = QueueId.FromGrainKey(this.GetPrimaryKeyString());
        Resume();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_live is not { } live)
        {
            return;
        }

        try
        {
            await live.ReleaseAsync();
            await (_clock?.ReleaseAsync(live.Core) ?? Task.CompletedTask);
        }
        catch (Exception exception)
        {
            context.Log.ReleaseFailed(exception, _id);
        }
    }

    public async Task<QueueStatus> DeclareAsync(QueueDefinition definition)
    {
        DelayQueue.RefuseClients(_id);
        if (await FindAsync() is { } existing)
        {
            QueueEquivalence.CheckOwner(existing, definition.ExclusiveOwner?.Connection);
            QueueEquivalence.Check(existing, definition);
            return await StatusAsync();
        }

        _ = QueueSettings.From(definition);
        var (created, _) = await context.Rows.CreateAsync(definition with { Id = _id });
        _definition = created;
        QueueEquivalence.CheckOwner(created, definition.ExclusiveOwner?.Connection);
        QueueEquivalence.Check(created, definition);
        if (QueueSettings.From(created).Expires is not null)
        {
            // Its expiry runs from now on: it has to be open to be noted.
            return await StatusAsync();
        }

        // Nothing of it is in the store yet, so that a queue that is only declared costs no more than its row.
        DeactivateWhenClosed();
        return new QueueStatus { Definition = created };
    }

    public async Task<QueueStatus> GetStatusAsync(Guid? connection)
    {
        DelayQueue.RefuseClients(_id, connection is not null);
        QueueEquivalence.CheckOwner(await RequireAsync(), connection);
        return await StatusAsync();
    }

    public async Task<long> DeleteAsync(DeleteQueueOptions options)
    {
        if (await FindAsync() is not { } definition || (options.Incarnation != 0 && options.Incarnation != definition.Incarnation))
        {
            return 0;
        }

        if (!options.Internal)
        {
            DelayQueue.RefuseClients(_id);
            QueueEquivalence.CheckOwner(definition, options.Connection);
        }

        var live = await OpenAsync();
        live.Core.CheckDelete(options);
        var ready = live.Core.ReadyCount;
        await (_deleting ??= DeleteNowAsync(definition, live));
        return ready;
    }

    public async Task<long> PurgeAsync(Guid? connection)
    {
        DelayQueue.RefuseClients(_id, connection is not null);
        QueueEquivalence.CheckOwner(await RequireAsync(), connection);
        return (await OpenAsync()).Purge();
    }

    public async Task<EnqueueReply> EnqueueAsync(EnqueueBatch batch)
    {
        // The usual case has no await before the core: batches keep their order. Behind a deletion there may be a queue of that name again.
        if (_live is not { } live || _deleting is not null)
        {
            if (await FindAsync() is null)
            {
                return EnqueueReply.Missing;
            }

            live = await OpenAsync();
        }

        _lastUsed = context.Time.GetTimestamp();
        return await live.EnqueueAsync(batch);
    }

    public async Task<AttachReply> AttachAsync(ConsumerAttachment attachment)
    {
        DelayQueue.RefuseClients(_id);
        QueueEquivalence.CheckOwner(await RequireAsync(), attachment.Connection);
        var live = await OpenAsync();
        live.Attach(attachment, lasting: false);
        return new AttachReply(live.Core.Epoch);
    }

    public Task DetachAsync(DetachRequest request) => _live?.DetachAsync(request.Id, request.Requeue) ?? Task.CompletedTask;

    public async Task<SettleReply> SettleAsync(SettleBatch batch)
    {
        if (_live is null && await FindAsync() is null)
        {
            return new SettleReply(0);
        }

        var live = _live ?? await OpenAsync();
        _lastUsed = context.Time.GetTimestamp();
        await live.SettleAsync(batch);
        return new SettleReply(live.Core.Epoch);
    }

    public async Task<RenewReply> RenewAsync(RenewRequest request)
    {
        if (await FindAsync() is null || _deleting is not null)
        {
            return new RenewReply { Epoch = 0, NotFound = true };
        }

        var live = await OpenAsync();
        return new RenewReply { Epoch = live.Core.Epoch, Unknown = live.Core.Renew(request, context.LeaseUntil) };
    }

    public async Task<GetReply> GetAsync(GetRequest request)
    {
        DelayQueue.RefuseClients(_id);
        QueueEquivalence.CheckOwner(await RequireAsync(), request.Connection);
        var live = await OpenAsync();
        live.Core.Touch(context.Now);
        return await live.GetAsync(request);
    }

    public async Task<PeekReply> PeekAsync(int most) => await (await OpenAsync()).PeekAsync(most);

    public async Task WakeAsync()
    {
        var definition = await RequireAsync();
        var live = await OpenAsync();
        if (await context.Rows.IsLeftBehindAsync(definition))
        {
            await (_deleting ??= DeleteNowAsync(definition, live));
            return;
        }

        live.Tick();
        _clock?.Woken(live.Core.NextDeadline());
    }

    private async ValueTask<QueueDefinition?> FindAsync()
    {
        if (_deleting is { } deleting)
        {
            await deleting;
        }

        if (_definition is null)
        {
            _definition = await context.Rows.FindAsync(_id, CancellationToken.None);
            if (_definition is null)
            {
                DeactivateWhenClosed();
            }
        }

        return _definition;
    }

    private async ValueTask<QueueDefinition> RequireAsync() =>
        await FindAsync() ?? throw new BrokerException(ReplyCode.NotFound, $"no {_id}");

    private async Task<QueueStatus> StatusAsync()
    {
        var live = await OpenAsync();
        live.Core.Touch(context.Now);
        live.Run();
        return new QueueStatus
        {
            Definition = live.Definition,
            Ready = live.Core.ReadyCount,
            ReadyBytes = live.Core.ReadyBytes,
            Unacked = live.Core.UnackedCount,
            Consumers = live.Core.ConsumerCount,
        };
    }

    /// <summary>The open queue; opens it, once, where it is closed.</summary>
    private async ValueTask<LiveQueue> OpenAsync()
    {
        _lastUsed = context.Time.GetTimestamp();
        if (_live is null && !await (_opening ??= OpenNowAsync()))
        {
            throw new QueueEndedException($"{_id} could not be opened");
        }

        return _live!;
    }

    private async Task<bool> OpenNowAsync()
    {
        try
        {
            var definition = await RequireAsync();
            var acquired = await context.Store.AcquireAsync(definition.Incarnation, CancellationToken.None);
            var subscriptions = await context.Rows.GetSubscriptionsAsync(_id);
            var policies = await context.Policies.OfAsync(_id.VirtualHost);
            var live = new LiveQueue(definition, policies, acquired, context, _hasMoved) { Failed = Fail, Expired = Expire, Rested = Rest };
            await live.ResumeUseAsync();
            _clock = new QueueClock(definition, context, period => this.RegisterGrainTimer(
                static (grain, _) => grain.TickAsync(), this, new GrainTimerCreationOptions(period, period) { Interleave = true }));
            _live = live;
            context.Policies.Opened(live, policies);
            foreach (var subscription in subscriptions)
            {
                AttachSubscription(live, subscription);
            }

            context.Log.Opened(_id, acquired.Epoch, live.Core.ReadyCount);
            live.Run();
            return true;
        }
        catch (BrokerException)
        {
            _opening = null;
            throw;
        }
        catch (Exception exception)
        {
            context.Log.Failed(exception, _id);
            DeactivateOnIdle();
            return false;
        }
    }

    private async Task DeleteNowAsync(QueueDefinition definition, LiveQueue live)
    {
        try
        {
            // Rows first: once the name is free nothing finds the messages any more, and a crash in between leaves no queue behind.
            var leavesMessages = live.Core.HasStored;
            await context.Rows.DeleteAsync(definition, leavesMessages);
            live.End();
            _clock?.Stop();
            await context.RemoveMessagesAsync(definition, leavesMessages);
        }
        finally
        {
            // Also after a failure: whatever comes next reads anew what exists.
            _definition = null;
            _live = null;
            _clock = null;
            _opening = null;
            _deleting = null;
            DeactivateOnIdle();
        }
    }

    private Task TickAsync()
    {
        if (_live is not { } live)
        {
            return Task.CompletedTask;
        }

        _clock?.Fired();
        live.Tick();
        if (!live.Core.IsIdle)
        {
            // Orleans must not collect it: what it holds in memory is not idle.
            DelayDeactivation(TimeSpan.FromMinutes(10));
        }
        else if (context.Time.GetElapsedTime(_lastUsed) >= context.Options.Value.Idle && !live.IsDueSoon)
        {
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    private void Rest(long? deadline)
    {
        _hadDeadline |= deadline is not null;
        if (_hadDeadline)
        {
            _clock?.Rest(deadline);
        }
    }

    private void Fail(Exception exception)
    {
        if (exception is QueueEndedException)
        {
            context.Log.Fenced(_id, _live?.Core.Epoch ?? 0);
        }
        else
        {
            context.Log.Failed(exception, _id);
        }

        // Callers get an unknown outcome from here on and try again at the activation that follows.
        DeactivateOnIdle();
    }

    private void Expire(DeleteReason reason)
    {
        if (_deleting is null && _definition is { } definition && _live is { } live)
        {
            context.Log.Deleted(_id, reason.ToString());
            _deleting = DeleteNowAsync(definition, live);
        }
    }

    private void DeactivateWhenClosed()
    {
        if (_opening is null && _live is null)
        {
            DeactivateOnIdle();
        }
    }
}
