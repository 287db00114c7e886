using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Policies;
using OrleansBroker.Grains.Queues.Clocks;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Queues.Live;

/// <summary>
/// A queue that is open: the core, and what runs its effects. All of it runs in the turns of one grain. Commands change the core and
/// end with <see cref="Run"/>; what the effects bring back (a commit, a page, a consumer that took its batch) changes it again.
/// </summary>
internal sealed class LiveQueue
{
    private readonly QueueContext _context;
    private readonly QueueEffects _effects = new();
    private readonly QueueWriter _writer;
    private readonly QueueDeliverer _deliverer;
    private readonly DeadLetterPublisher _deadLetters;
    private readonly QueueGauge _gauge;
    private readonly EnqueuePacing _pacing;
    private readonly DeliveryRight _right;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource? _resting;
    private bool _running;
    private bool _changed;
    private bool _ended;

    public LiveQueue(QueueDefinition definition, PolicySet policies, AcquiredQueue acquired, QueueContext context, bool hasMoved)
    {
        Definition = definition;
        _context = context;
        var options = context.Options.Value;
        var limits = new QueueLimits
        {
            HeadMessages = options.HeadMessages,
            HeadBytes = options.HeadBytes,
            ConsumerTimeout = (long)options.ConsumerTimeout.TotalMilliseconds,
        };
        var settings = SettingsUnder(policies);
        Core = new QueueCore(definition, settings, settings.DelayedExchange is null ? limits : limits.ForDelays(), acquired, context.Now);
        _writer = new QueueWriter(definition.Id.Name, Core, context.Store, context.Telemetry, context.Time)
        {
            Committed = Run,
            Failed = Fail,
            Stored = written => _gauge!.Stored(written),
        };
        _gauge = context.Telemetry.Track(definition.Id, definition.ExclusiveOwner is not null, hasMoved ? context.Time.GetTimestamp() : null);
        _deliverer = new QueueDeliverer(definition.Id, Core, context, _gauge) { Delivered = Run };
        _deadLetters = new DeadLetterPublisher(definition.Id, Core, context) { Done = Run };
        _pacing = new EnqueuePacing(context.Time, options.PublishPause);
        _right = DeliveryRight.Under(context.Lease);
    }

    public QueueDefinition Definition { get; }

    public QueueCore Core { get; }

    /// <summary>Whether something is due within the idle time: a queue that slept would be woken again at once, and be late by that.</summary>
    public bool IsDueSoon =>
        Core.NextDeadline() is { } deadline && deadline - _context.Now < (long)_context.Options.Value.Idle.TotalMilliseconds;

    /// <summary>The queue failed or was taken over: the activation must end.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>The queue deletes itself: its last consumer left, or it was not used for long.</summary>
    public required Action<DeleteReason> Expired { get; init; }

    /// <summary>Called when a turn is over, with the next deadline.</summary>
    public required Action<long?> Rested { get; init; }

    /// <summary>Goes on counting the time towards its expiry: sleep is no use. After a crash nobody knows, and it starts again, as in RabbitMQ.</summary>
    public async Task ResumeUseAsync()
    {
        if (Core.Settings.Expires is not null && await _context.Rows.FindUsedAtAsync(Definition.Id) is { } usedAt)
        {
            Core.ResumeUse(usedAt);
        }
    }

    /// <summary>Enqueues, and answers when the batch is as safe as its messages want to be.</summary>
    public async Task<EnqueueReply> EnqueueAsync(EnqueueBatch batch)
    {
        ThrowIfEnded();
        using var activity = _context.Telemetry.Start("enqueue", Definition.Id.Name, batch.Messages.Messages.Span);
        var outcome = Core.Enqueue(batch, _context.Now);
        _context.Telemetry.Enqueued(batch.Messages.Count);
        _gauge.Used(batch.Silo, batch.Messages.Count);
        _gauge.Count(MessageCount.Publish, batch.Messages.Count - (outcome.Reply.Refused?.Length ?? 0));
        if (outcome.Reply.Refused is { } refused)
        {
            _context.Telemetry.Refused(refused.Length);
        }

        Run();
        if (outcome.Write > 0)
        {
            await _writer.WaitAsync(outcome.Write);
        }

        await _pacing.WaitAsync();

        return outcome.Reply;
    }

    public void Attach(ConsumerAttachment attachment, bool lasting)
    {
        ThrowIfEnded();
        Core.Attach(attachment, lasting, _context.LeaseUntil, _context.Now);
        _deliverer.SetTarget(attachment);
        Run();
    }

    /// <summary>Detaches a consumer at once; completes when nothing is on its way to it any more.</summary>
    public Task DetachAsync(ConsumerId consumer, bool requeue)
    {
        Core.Detach(consumer, requeue, _context.Now);
        var removed = _deliverer.RemoveAsync(consumer);
        Run();
        return removed;
    }

    /// <summary>
    /// Applies settlements and credit. Completes when nothing is on its way to consumers whose credit was taken back, and, where the
    /// batch wants it, when the dead letters have arrived.
    /// </summary>
    public Task SettleAsync(SettleBatch batch)
    {
        ThrowIfEnded();
        using var activity = batch.Ranges.Length > 0 && _context.Telemetry.HasListeners
            ? _context.Telemetry.Start("settle", Definition.Id.Name, Core.Unsettled(batch))
            : null;
        if (!Core.Settle(batch, _context.Now))
        {
            return Task.CompletedTask;
        }

        foreach (var range in batch.Ranges)
        {
            var count = range.Last - range.First + 1;
            _context.Telemetry.Settled(range.How, count);
            _gauge.Count(MessageCount.Ack, range.How == Settlement.Ack ? count : 0);
        }

        Run();
        var arrived = _deliverer.ArrivedAsync(batch.Host, batch.Credits);
        return batch.AwaitsDeadLetters ? Task.WhenAll(arrived, _deadLetters.ArrivedAsync()) : arrived;
    }

    public async Task<GetReply> GetAsync(GetRequest request)
    {
        while (true)
        {
            await _right.EnsureAsync();
            ThrowIfEnded();
            var delivery = Core.Get(request, _context.LeaseUntil, _context.Now);
            if (delivery is not null || !Core.HeadMissing)
            {
                Run();
                _gauge.Count(delivery is null ? MessageCount.GetEmpty : request.NoAck ? MessageCount.GetNoAck : MessageCount.Get, 1);
                _gauge.Count(MessageCount.Redeliver, delivery?.Batch.Redelivered?.Length ?? 0);
                return new GetReply { Delivery = delivery?.Batch, Ready = Core.ReadyCount };
            }

            Run();
            await (_reading.IsCompleted ? _writer.Resting : _reading);
        }
    }

    /// <summary>Shows the first ready messages.</summary>
    public Task<PeekReply> PeekAsync(int most)
    {
        DelayQueue.RefuseClients(Definition.Id);
        ThrowIfEnded();
        return new QueueBrowser(Core, Definition.Incarnation, _context).PeekAsync(most);
    }

    public long Purge()
    {
        ThrowIfEnded();
        var purged = Core.Purge(_context.Now);
        Run();
        return purged;
    }

    /// <summary>Other policies hold from now on.</summary>
    public void Apply(PolicySet policies)
    {
        if (!_ended && SettingsUnder(policies) is var settings && settings != Core.Settings)
        {
            Core.Reconfigure(settings, _context.Now);
            Run();
        }
    }

    public void Tick()
    {
        Core.Tick(_context.Now);
        Run();
    }

    /// <summary>
    /// Sends consumers nothing more, and waits until they have settled what they have: the next owner repeats no delivery then. False, and
    /// all goes on, where that takes too long.
    /// </summary>
    public async Task<bool> ComeToRestAsync(TimeSpan patience)
    {
        ThrowIfEnded();
        _resting = new TaskCompletionSource();
        Run();
        try
        {
            await _resting.Task.WaitAsync(patience, _context.Time);
        }
        catch (TimeoutException)
        {
            // Then it stays.
        }

        if (!_ended && IsAtRest)
        {
            return true;
        }

        _resting = null;
        Run();
        return false;
    }

    /// <summary>Lets go of the queue with all that is in it, so that another activation goes on where this one ends.</summary>
    public async Task ReleaseAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        await _writer.ReleaseAsync(_context.Now);
        _deliverer.CancelAll(CancelReason.LeaseLapsed);
        EndMeasures();
    }

    /// <summary>The queue is deleted: nothing of it is written any more.</summary>
    public void End()
    {
        _ended = true;
        _writer.EndDeleted();
        _deliverer.CancelAll(CancelReason.QueueDeleted);
        EndMeasures();
    }

    /// <summary>Runs the core's effects until there are none.</summary>
    public void Run()
    {
        // A consumer that takes its batch at once comes back here, as does a store in memory: the loop below sees what that changed.
        _changed = true;
        if (_running || _ended)
        {
            return;
        }

        _running = true;
        try
        {
            while (_changed && !_ended)
            {
                _changed = false;
                _effects.Clear();
                Core.IsHeld = _resting is not null || !_right.Holds(Run);
                Core.Collect(_context.Now, _effects);
                RunEffects();
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _running = false;
        }

        if (!_ended)
        {
            _writer.Start();
            _gauge.Set(Core.ReadyCount, Core.UnackedCount, Core.ReadyBytes, Core.ConsumerCount, Core.ActiveConsumer, Core.Head);
            _pacing.Observe(Core.Fill);
            Rested(Core.NextDeadline());
            if (_resting is { } resting && IsAtRest)
            {
                resting.TrySetResult();
            }
        }
    }

    private bool IsAtRest => Core.IsAtRest && _deliverer.IsQuiet;

    // The queues of delayed messages are the broker's own.
    private QueueSettings SettingsUnder(PolicySet policies) => QueueSettings.From(
        Definition, DelayQueue.IsNameOfOne(Definition.Id.Name) ? QueuePolicy.None : PolicyMerging.Typed(policies.Of(Definition).Definition));

    private void RunEffects()
    {
        foreach (var cancellation in _effects.Cancellations)
        {
            _deliverer.Cancel(cancellation.Consumer, cancellation.Reason);
        }

        for (var i = 0; i < _effects.Deliveries.Count; i++)
        {
            _deliverer.Deliver(_effects.Deliveries[i]);
        }

        if (_effects.DeadLetters.Count > 0)
        {
            _deadLetters.Publish(_effects.DeadLetters);
        }

        if (_effects.Page is { } page)
        {
            _reading = LoadAsync(ReadAsync(page), messages => PageLoaded(page, messages));
        }

        if (_effects.Expiring is { } expiring)
        {
            _ = LoadAsync(
                _context.Store.ReadExpiringAsync(Definition.Incarnation, expiring.From, expiring.Limit, CancellationToken.None), Core.ExpiringLoaded);
        }

        _context.Report(Definition.Id, _effects.Drops);

        if (_effects.Delete is { } delete)
        {
            Expired(delete);
        }
    }

    private Task<IReadOnlyList<StoredMessage>> ReadAsync(PageRequest page) => page.Named is { } named
        ? _context.Store.ReadAsync(Definition.Incarnation, named, CancellationToken.None)
        : _context.Store.ReadAsync(Definition.Incarnation, page.Range, page.Limit, CancellationToken.None);

    private void PageLoaded(PageRequest page, IReadOnlyList<StoredMessage> messages)
    {
        _gauge.Loaded(messages.Count);
        Core.PageLoaded(page, messages, _context.Now);
    }

    private async Task LoadAsync<T>(Task<IReadOnlyList<T>> reading, Action<IReadOnlyList<T>> loaded)
    {
        try
        {
            var rows = await reading;
            if (!_ended)
            {
                loaded(rows);
                Run();
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>What an ended queue would answer is worth nothing: the caller learns that it must ask the next activation.</summary>
    private void ThrowIfEnded()
    {
        if (_ended)
        {
            throw new QueueEndedException($"{Definition.Id} moves or ended");
        }
    }

    private void EndMeasures()
    {
        _context.Policies.Closed(this);
        _pacing.End();
        _right.Dispose();
        _gauge.Dispose();
    }

    private void Fail(Exception exception)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _writer.End(exception is QueueEndedException ? exception : new QueueEndedException($"the queue failed: {exception.Message}"));
        EndMeasures();
        Failed(exception);
    }
}
