using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Tests.Queues.Workbench;

/// <summary>
/// A queue core with a store and a clock, run as the grain runs it: one commit under way, one page, effects collected after each
/// command. What is under way completes when the test says so.
/// </summary>
internal sealed class QueueWorkbench
{
    public const long Lease = 15_000;
    private readonly QueueLimits _limits;
    private readonly QueueEffects _effects = new();
    private long _batches;
    private List<ExpiringMessage> _indexWhenAsked = [];

    public QueueWorkbench(
        FieldTable? arguments = null, bool durable = true, bool autoDelete = false, QueueLimits? limits = null, ConnectionOwner? owner = null,
        string name = "q")
    {
        Definition = new QueueDefinition
        {
            Id = new QueueId("/", name),
            Durable = durable,
            AutoDelete = autoDelete,
            ExclusiveOwner = owner,
            Arguments = arguments ?? FieldTable.Empty,
            Incarnation = 7,
        };
        Settings = QueueSettings.From(Definition);
        _limits = limits ?? new QueueLimits();
        Core = Acquire();
    }

    public QueueDefinition Definition { get; }

    public QueueSettings Settings { get; }

    public QueueCore Core { get; private set; }

    public QueueLimits Limits => _limits;

    public StoreDouble Store { get; } = new();

    /// <summary>Unix milliseconds.</summary>
    public long Now { get; set; } = 1_000_000;

    public (long Number, QueueWrite Write)? Commit { get; private set; }

    /// <summary>The latest write that was taken from this core.</summary>
    public long LastWrite { get; private set; }

    public PageRequest? Page { get; private set; }

    public ExpiringRequest? Expiring { get; private set; }

    /// <summary>How often the index was asked.</summary>
    public int Looks { get; private set; }

    /// <summary>Deliver calls that have not returned.</summary>
    public List<ConsumerId> Delivering { get; } = [];

    /// <summary>Dead letters that are being published.</summary>
    public List<DeadLetter> DeadLetters { get; } = [];

    /// <summary>Dead letters that could not be stored and are to be tried again.</summary>
    public HashSet<long> Paused { get; } = [];

    /// <summary>What was delivered since it was last looked at.</summary>
    public List<OutgoingDelivery> Deliveries { get; } = [];

    public List<Cancellation> Cancellations { get; } = [];

    public List<MessageDrop> Drops { get; } = [];

    public DeleteReason? Delete { get; private set; }

    /// <summary>Called with the state in which effects are about to be collected.</summary>
    public Action? Collecting { get; set; }

    /// <summary>Does what the grain does after a command.</summary>
    public void Collect()
    {
        Collecting?.Invoke();
        Core.Collect(Now, _effects);
        Deliveries.AddRange(_effects.Deliveries);
        Delivering.AddRange(_effects.Deliveries.Select(d => d.Consumer));
        DeadLetters.AddRange(_effects.DeadLetters);
        Cancellations.AddRange(_effects.Cancellations);
        Drops.AddRange(_effects.Drops);
        Delete = _effects.Delete ?? Delete;
        if (_effects.Page is { } page)
        {
            Assert.Null(Page);
            Page = page;
        }

        if (_effects.Expiring is { } expiring)
        {
            Assert.Null(Expiring);
            Looks++;
            Expiring = expiring;
            _indexWhenAsked = Store.ReadExpiring(expiring.From, expiring.Limit);
        }

        if (Commit is null && Core.HasWrite)
        {
            var write = Core.TakeWrite(out var number);
            Commit = (number, write);
            LastWrite = number;
        }
    }

    public bool CompleteCommit()
    {
        if (Commit is not { } commit)
        {
            return false;
        }

        Commit = null;
        Store.Commit(commit.Write);
        Core.Committed(commit.Number, Now);
        Collect();
        return true;
    }

    public bool CompletePage(IReadOnlyList<StoredMessage>? read = null)
    {
        if (Page is not { } page)
        {
            return false;
        }

        Page = null;
        Core.PageLoaded(page, read ?? ReadPage(page, page.Limit), Now);
        Collect();
        return true;
    }

    /// <summary>What the store answers to a page's request, if it stops after so many.</summary>
    public List<StoredMessage> ReadPage(PageRequest page, int limit) =>
        page.Named is { } named ? Store.Read(named, limit) : Store.Read(page.Range, limit);

    /// <param name="early">The index was read before anything that was committed since it was asked for.</param>
    public bool CompleteExpiring(bool early = false)
    {
        if (Expiring is not { } request)
        {
            return false;
        }

        Expiring = null;
        Core.ExpiringLoaded(early ? _indexWhenAsked : Store.ReadExpiring(request.From, request.Limit));
        Collect();
        return true;
    }

    public bool CompleteDelivery(bool failed = false)
    {
        if (Delivering.Count == 0)
        {
            return false;
        }

        var consumer = Delivering[0];
        Delivering.RemoveAt(0);
        Core.DeliveryDone(consumer, failed, Now);
        Collect();
        return true;
    }

    public bool CompleteDeadLetter(bool stored = true)
    {
        if (DeadLetters.Count == 0)
        {
            return false;
        }

        var letter = DeadLetters[0];
        DeadLetters.RemoveAt(0);
        _ = stored ? Paused.Remove(letter.Id) : Paused.Add(letter.Id);
        Core.DeadLetterDone(letter.Id, stored, Now);
        Collect();
        return true;
    }

    /// <summary>Completes all but dead letters until nothing is under way.</summary>
    public void Run()
    {
        Collect();
        var steps = 0;
        while (CompleteCommit() || CompletePage() || CompleteExpiring() || CompleteDelivery())
        {
            Assert.True(++steps < 10_000, "the queue does not come to rest");
        }
    }

    /// <summary>Moves the clock, lets what is due happen, and completes it.</summary>
    public void Pass(long milliseconds)
    {
        Now += milliseconds;
        Core.Tick(Now);
        Run();
    }

    public EnqueueOutcome Enqueue(params BrokerMessage[] messages) => EnqueueAs(1, ++_batches, messages);

    public EnqueueOutcome EnqueueAs(long link, long number, params BrokerMessage[] messages) =>
        Core.Enqueue(new EnqueueBatch { Link = link, Number = number, Messages = new MessageBatch(messages) }, Now);

    /// <summary>Enqueues and completes it.</summary>
    public void Publish(params BrokerMessage[] messages)
    {
        Enqueue(messages);
        Run();
    }

    public static ConsumerId Consumer(long number) => new(Guid.Empty, number);

    public void Attach(
        long number, long credit = 1_000, bool noAck = false, bool exclusive = false, int priority = 0, Guid? connection = null, bool lasting = false, long sign = 0) =>
        Core.Attach(
            new ConsumerAttachment
            {
                Id = Consumer(number),
                Target = null!,
                Tag = $"c{number}",
                Credit = credit,
                NoAck = noAck,
                Exclusive = exclusive,
                Priority = priority,
                Connection = connection,
                Sign = sign,
            },
            lasting,
            Now + Lease,
            Now);

    public void Settle(long consumer, long first, long last, Settlement how) =>
        Core.Settle(
            new SettleBatch { Host = Guid.Empty, Epoch = Core.Epoch, Ranges = [new SettleRange(consumer, first, last, how)] }, Now);

    public void Grant(long consumer, long total) =>
        Core.Settle(new SettleBatch { Host = Guid.Empty, Epoch = Core.Epoch, Credits = [new CreditGrant(consumer, total)] }, Now);

    public OutgoingDelivery? Get(long number = 99, bool noAck = false) =>
        Core.Get(new GetRequest { Id = Consumer(number), NoAck = noAck }, Now + Lease, Now);

    /// <summary>What a consumer was delivered since this was last asked, as texts.</summary>
    public string[] Taken(long consumer)
    {
        var taken = Deliveries.Where(d => d.Consumer == Consumer(consumer)).ToList();
        Deliveries.RemoveAll(d => d.Consumer == Consumer(consumer));
        return [.. taken.SelectMany(d => d.Batch.Messages.Messages.ToArray()).Select(m => m.Text())];
    }

    /// <summary>The process dies, with the commit under way done or not, and another owner takes over.</summary>
    public void Crash(bool commitDone = false)
    {
        if (Commit is { } commit && commitDone)
        {
            Store.Commit(commit.Write);
        }

        Store.Crash();
        Reset();
    }

    /// <summary>The owner lets go and another takes over.</summary>
    public void Release()
    {
        if (Commit is { } commit)
        {
            Store.Commit(commit.Write);
        }

        Store.Commit(Core.Release(out _, Now));
        Reset();
    }

    private void Reset()
    {
        Commit = null;
        LastWrite = 0;
        Page = null;
        Expiring = null;
        Delivering.Clear();
        DeadLetters.Clear();
        Paused.Clear();
        Core = Acquire();
    }

    private QueueCore Acquire() => new(Definition, Settings, _limits, Store.Acquire(), Now);
}
