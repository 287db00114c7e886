using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core.Consumers;
using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Grains.Queues.Core.Messages;
using OrleansBroker.Grains.Queues.Core.Paging;
using OrleansBroker.Grains.Queues.Core.Steps;
using OrleansBroker.Grains.Queues.Core.Writes;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Queues.Core;

// A queue as a pure state machine. Commands change it at once; what they cause outside (deliveries, pages to read, dead letters) is
// taken with Collect after each command, and what they cause in the store gathers in one pending write that the grain takes whenever
// no commit is under way. Time is a parameter, in Unix milliseconds. Nothing here waits, so the grain may be reentrant.
//
// A message is in one place at a time:
//   Arrivals      numbered; waits until it, and all before it, is committed. Nothing overtakes here.
//   ReadyList     a band per priority: returned ones, then the head in memory, then the tail that only the store holds.
//   Unacked       with one consumer, under a delivery number.
//   Deferred      returned, and kept back for a while before it is ready again.
//   DeadLetter-   out of the order, still stored; it leaves when its dead letter is stored at the target.
//     Line
// Memory is bounded by the head, what consumers were granted, and the dead letters: a paged message costs nothing.
//
// What makes a crash harmless: a message is ready only after its append committed, and removed only by a later write; a durable
// message is delivered only after the mark "may have been delivered" passed it; the batch number of a link is in the write of the
// batch. So what was confirmed is there, what may have been seen is marked redelivered, and a repeated batch is refused.
//
// The verbs are in Steps, the ways out in Departures. Read EnqueueStep, DeliverStep and SettleStep first.
internal sealed class QueueCore
{
    private readonly QueueDefinition _definition;
    private readonly QueueLimits _limits;
    private readonly CurrentSettings _settings;
    private readonly ReadyList _ready;
    private readonly Arrivals _arrivals;
    private readonly TakenFromTail _taken = new();
    private readonly DeferredMessages _deferred;
    private readonly LinkHistory _links;
    private readonly WriteGathering _writes;
    private readonly DeliveredMark _mark;
    private readonly ConsumerRoster _consumers;
    private readonly DropCounts _drops = new();
    private readonly DeadLetterLine _deadLetters;
    private readonly Exits _exits;
    private readonly MessageExpiry _expiry;
    private readonly LengthLimit _length;
    private readonly TailExpiry _tail;
    private readonly PageReader _pages;
    private readonly SlabRelease _slabs;
    private readonly QueueLifetime _lifetime;
    private readonly EnqueueStep _enqueue;
    private readonly DeliverStep _deliver;
    private readonly SettleStep _settle;
    private readonly AttachStep _attach;
    private readonly PurgeStep _purge;
    private readonly CommitStep _commit;
    private bool _getWaits;

    public QueueCore(QueueDefinition definition, QueueSettings settings, QueueLimits limits, AcquiredQueue acquired, long now)
    {
        var state = acquired.State;
        var priorities = 1 + state.Bands.Aggregate(settings.MaxPriority, (most, band) => Math.Max(most, band.Priority));
        Epoch = acquired.Epoch;
        _definition = definition;
        _limits = limits;
        _settings = new CurrentSettings(settings);
        _ready = new ReadyList(priorities);
        _arrivals = new Arrivals(priorities, state.NextSequence);
        _links = new LinkHistory(limits.MaxLinks, state.Links);
        _writes = new WriteGathering(priorities, _taken);
        _mark = new DeliveredMark(state.DeliveredUpTo, limits.DeliveryMarkStride);
        _consumers = new ConsumerRoster(definition.Id, _settings, limits);
        _deferred = new DeferredMessages(limits);
        _deadLetters = new DeadLetterLine(definition.Id, _settings, limits);
        _exits = new Exits(_settings, _ready, _writes, _deadLetters, _drops);
        _expiry = new MessageExpiry(_settings, _ready, _exits);
        _length = new LengthLimit(_settings, _ready, _arrivals, _exits, _deadLetters);
        _tail = new TailExpiry(limits, _ready, _taken, inOrder: settings.DelayedExchange is not null);
        _pages = new PageReader(limits, _ready, _arrivals, _taken, _tail, _expiry, _exits, _deadLetters, _mark, _drops);
        _slabs = new SlabRelease(_ready, limits, now);
        _lifetime = new QueueLifetime(_settings, now);
        _enqueue = new EnqueueStep(
            _settings, limits, settings.MaxPriority, _ready, _arrivals, _links, _writes, _expiry, _tail, _length, _consumers,
            _deadLetters, _drops);
        _deliver = new DeliverStep(Epoch, limits, _ready, _arrivals, _consumers, _mark, _exits, _deadLetters);
        _settle = new SettleStep(_settings, _ready, _consumers, _writes, _mark, _expiry, _deferred, _exits);
        _attach = new AttachStep(_consumers, _settle, _lifetime);
        _purge = new PurgeStep(_ready, _taken, _writes, _deferred, _exits, _pages, _drops);
        _commit = new CommitStep(definition.Incarnation, Epoch, _ready, _arrivals, _taken, _consumers, _links, _writes, _mark);
        _commit.Recover(state, _tail);
    }

    /// <summary>The epoch under which the queue is owned.</summary>
    public long Epoch { get; }

    /// <summary>The settings in force.</summary>
    public QueueSettings Settings => _settings.Value;

    /// <summary>Messages that may be delivered.</summary>
    public long ReadyCount => _ready.Count;

    /// <summary>Octets of the ready messages' bodies.</summary>
    public long ReadyBytes => _ready.Bytes;

    /// <summary>What is ready in memory.</summary>
    public HeadFigures Head => new(_ready.InMemory, _ready.OldestAt(), _ready.Peek() is { } first ? BasicPropertiesReader.Timestamp(first.Message.Properties.Span)?.UnixTimeSeconds : null);

    /// <summary>Messages that are delivered and not settled.</summary>
    public long UnackedCount => _consumers.Unacked;

    /// <summary>Consumers that are attached.</summary>
    public int ConsumerCount => _consumers.Count;

    /// <summary>Who alone is given messages, where that is the queue's rule.</summary>
    public Consumer? ActiveConsumer => _consumers.Active;

    /// <summary>Whether nothing is going on: no consumers, nothing unacked, and nothing under way.</summary>
    public bool IsIdle =>
        _consumers.Count == 0 && _consumers.Unacked == 0 && _deferred.Count == 0 && _arrivals.Count == 0 && _deadLetters.Count == 0
        && !HasWrite && _writes.UnderWay == 0 && !_pages.IsUnderWay && !_tail.IsReading;

    /// <summary>Whether consumers are sent nothing for now: the queue is about to move, or its silo may have been replaced.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Whether nobody holds anything of it, nor waits for it to come back: another owner may go on without repeating a delivery.</summary>
    public bool IsAtRest => _consumers.Unacked == 0 && _deferred.Count == 0 && _deadLetters.Count == 0;

    /// <summary>How much is ready, 1 being what fills the head; 0 where nobody consumes.</summary>
    public double Fill =>
        _consumers.HasDemand ? Math.Max((double)_ready.Count / _limits.HeadMessages, (double)_ready.Bytes / _limits.HeadBytes) : 0;

    /// <summary>Whether there are ready messages but the first can be handed out only after the page, or the write, that is due next.</summary>
    public bool HeadMissing => _deliver.IsHeadMissing;

    /// <summary>Whether the store is to be written to.</summary>
    public bool HasWrite => _writes.HasChanges || _mark.IsWanted;

    /// <summary>Whether the store holds messages of it, or is about to.</summary>
    public bool HasStored => _writes.HasStored;

    /// <summary>The attached consumers, in the order they came.</summary>
    public IEnumerable<AttachedConsumer> Consumers => _consumers.Attached.Select(c =>
        new AttachedConsumer(c.Attachment!, c.IsLasting, _consumers.IsActive(c), c.Unacked.Count));

    /// <summary>When <see cref="Tick"/> has something to do, in Unix milliseconds; null where time alone changes nothing.</summary>
    public long? NextDeadline()
    {
        var expiry = _expiry.Next();
        if (_tail.InOrder && expiry > _tail.Bound())
        {
            // It waits for what is due before it in the store.
            expiry = null;
        }

        var next = Earlier(Earlier(expiry, _deferred.Next), Earlier(_consumers.NextLease, _consumers.NextTimeout));
        next = Earlier(next, Earlier(_deadLetters.NextRetry, _lifetime.Next(_consumers.Count)));
        // What is due meanwhile is seen when the page is there, or the dead letters are fewer.
        next = Earlier(next, _deadLetters.IsFull || _pages.IsUnderWay ? null : _tail.Next);
        return _ready.InMemory + _consumers.Unacked + _deferred.Count > 0 ? Earlier(next, _slabs.Next) : next;
    }

    /// <summary>Enqueues a batch, or repeats what became of it.</summary>
    public EnqueueOutcome Enqueue(EnqueueBatch batch, long now) => _enqueue.Run(batch, now);

    /// <summary>Attaches a consumer; one that is attached already is renewed.</summary>
    /// <exception cref="BrokerException">403: in exclusive use; 405: another connection's queue.</exception>
    public void Attach(ConsumerAttachment consumer, bool lasting, long leaseUntil, long now)
    {
        QueueEquivalence.CheckOwner(_definition, consumer.Connection);
        _attach.Run(consumer, lasting, leaseUntil, now);
    }

    /// <summary>Detaches a consumer; what it holds stays with it until it is settled, or returns.</summary>
    public void Detach(ConsumerId id, bool requeue, long now)
    {
        if (_consumers.Find(id) is { } consumer)
        {
            _attach.Leave(consumer, requeue, now);
        }
    }

    /// <summary>What a batch is about to settle.</summary>
    public BrokerMessage[] Unsettled(SettleBatch batch) => batch.Epoch == Epoch ? _settle.Find(batch) : [];

    /// <summary>Settles deliveries and grants credit; false where they are of another epoch and nothing was applied.</summary>
    public bool Settle(SettleBatch batch, long now)
    {
        if (batch.Epoch != Epoch)
        {
            return false;
        }

        _settle.Run(batch, now);
        return true;
    }

    /// <summary>Renews leases and returns the numbers that are not known.</summary>
    public long[] Renew(RenewRequest request, long leaseUntil) =>
        request.Epoch == Epoch ? _attach.Renew(request, leaseUntil) : request.Consumers;

    /// <summary>Hands one message out; null where there is none, or <see cref="HeadMissing"/>: then ask again after page or write.</summary>
    /// <exception cref="BrokerException">405: another connection's queue, or one with a single active consumer.</exception>
    public OutgoingDelivery? Get(GetRequest request, long leaseUntil, long now)
    {
        QueueEquivalence.CheckOwner(_definition, request.Connection);
        if (_settings.Value.SingleActiveConsumer)
        {
            throw new BrokerException(
                ReplyCode.ResourceLocked,
                $"cannot obtain access to locked {_definition.Id}. basic.get operations are not supported by queues with single active "
                + "consumer");
        }

        _lifetime.Touch(now);
        var delivery = _deliver.Get(request, leaseUntil, now);
        _getWaits = delivery is null && HeadMissing;
        return delivery;
    }

    /// <summary>Looks at ready messages; nothing changes.</summary>
    public PeekStep Peeking => new(_ready, _taken, _mark);

    /// <summary>Drops what is ready and returns how many that were.</summary>
    public long Purge(long now)
    {
        _lifetime.Touch(now);
        return _purge.Run();
    }

    /// <summary>Refuses a deletion whose conditions do not hold.</summary>
    /// <exception cref="BrokerException">405: another connection's queue; 406: in use, or not empty.</exception>
    public void CheckDelete(DeleteQueueOptions o)
    {
        if (!o.Internal)
        {
            QueueEquivalence.CheckOwner(_definition, o.Connection);
        }

        if (o.IfUnused && _consumers.Count > 0)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"{_definition.Id} in use");
        }

        if (o.IfEmpty && _ready.Count + _deferred.Count > 0)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"{_definition.Id} not empty");
        }
    }

    /// <summary>Does what is due: leases, timeouts, the queue's own end. What expires among the messages follows with <see cref="Collect"/>.</summary>
    public void Tick(long now)
    {
        _attach.EndLeases(now);
        _settle.EndTimeouts(now);
        _lifetime.Tick(_consumers.Count, now);
        _slabs.Run(now);
    }

    /// <summary>Other settings hold from now on. A new time to live counts for messages that come after it.</summary>
    public void Reconfigure(QueueSettings settings, long now)
    {
        var reorder = settings.MessageTtl != _settings.Value.MessageTtl;
        _settings.Value = settings;
        if (reorder)
        {
            _expiry.Reorder();
        }

        _lifetime.Touch(now);
    }

    /// <summary>When the queue was used last, in Unix milliseconds.</summary>
    public long UsedAt => _lifetime.UsedAt;

    /// <summary>Whoever had the queue before says when it was used last; for a core that was not used yet.</summary>
    public void ResumeUse(long usedAt) => _lifetime.Resume(usedAt);

    /// <summary>The queue was used: its expiry starts again.</summary>
    public void Touch(long now) => _lifetime.Touch(now);

    /// <summary>A Deliver call returned; <paramref name="failed"/> where its target is out of reach: then the consumer is gone.</summary>
    public void DeliveryDone(ConsumerId id, bool failed, long now)
    {
        if (_consumers.Find(id) is { IsBusy: true } consumer)
        {
            _attach.DeliveryDone(consumer, failed, now);
        }
    }

    /// <summary>A dead letter is stored at its target, or is to be tried again.</summary>
    public void DeadLetterDone(long deadLetterId, bool stored, long now)
    {
        if (!stored)
        {
            _deadLetters.Failed(deadLetterId, now);
        }
        else if (_deadLetters.Stored(deadLetterId) is { } message)
        {
            _exits.Settle(message);
        }
    }

    /// <summary>A page was read.</summary>
    public void PageLoaded(PageRequest request, IReadOnlyList<StoredMessage> messages, long now)
    {
        _getWaits = false;
        _pages.Loaded(request, messages, now);
    }

    /// <summary>Positions of expiring messages were read.</summary>
    public void ExpiringLoaded(IReadOnlyList<ExpiringMessage> messages) => _tail.Loaded(messages);

    /// <summary>What the commands since the last call cause. The grain calls it once after each command.</summary>
    public void Collect(long now, QueueEffects effects)
    {
        effects.Clear();
        _settle.EndDeferrals(now);
        if (!IsHeld)
        {
            _deliver.Run(now, effects.Deliveries);
        }

        var claimed = _length.IsSet || _expiry.HasImmediate ? _consumers.Claims().Busy : 0;
        _expiry.Sweep(claimed > 0, _tail.InOrder ? Math.Min(now, _tail.Bound()) : now, now);
        var dropsWait = !_length.DropHead(claimed, now);
        _deadLetters.Collect(now, effects.DeadLetters);
        effects.Page = _pages.Next(wanted: _consumers.Count > 0 || _getWaits || dropsWait, now);
        effects.Expiring = _tail.Ask(now);
        _attach.MoveTo(effects.Cancellations);
        _drops.MoveTo(effects.Drops);
        effects.Delete = _lifetime.Take(_consumers.Count);
    }

    /// <summary>Closes the pending write; the grain commits one at a time and answers with <see cref="Committed"/>.</summary>
    public QueueWrite TakeWrite(out long number)
    {
        if (_writes.UnderWay != 0)
        {
            throw new InvalidOperationException($"write {_writes.UnderWay} is still under way");
        }

        return _commit.Take(out number);
    }

    /// <summary>A write is committed: what it appended is ready.</summary>
    public void Committed(long number, long now) => _enqueue.Admit(_commit.Done(number));

    /// <summary>The last write of a clean end; the core is not used after it.</summary>
    public QueueWrite Release(out long number, long now) => _commit.Release(out number);

    /// <summary>Where every message is.</summary>
    public QueueCensus Census()
    {
        var census = new QueueCensus();
        census.Arriving.AddRange(_arrivals.Waiting.Select(m => m.Position));
        foreach (var band in _ready.Bands)
        {
            band?.Count(census);
        }

        census.Unacked.AddRange(_consumers.UnackedMessages().Select(m => m.Position));
        census.Deferred.AddRange(_deferred.Messages.Select(m => m.Position));
        census.DeadLettering.AddRange(_deadLetters.Messages.Where(m => m.Sequence > 0).Select(m => m.Position));
        foreach (var band in _ready.Bands)
        {
            census.TakenFromTail.UnionWith(band is null ? [] : _taken.Of(band.Priority));
        }

        return census;
    }

    private static long? Earlier(long? a, long? b) => a is null || b < a ? b : a;
}

/// <summary>A consumer as lists show it.</summary>
internal readonly record struct AttachedConsumer(ConsumerAttachment Attachment, bool Lasting, bool Active, int Unacked);
