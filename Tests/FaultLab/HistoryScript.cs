using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Judging;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>A history that is made by hand: an event a millisecond, unless time is said to pass.</summary>
internal sealed class HistoryScript
{
    /// <summary>The queue where none is named.</summary>
    public const string Queue = "q";

    private const long Millisecond = 1_000_000;

    private readonly List<HistoryEvent> _events = [];
    private long _now;

    /// <summary>What has happened.</summary>
    public IReadOnlyList<HistoryEvent> Events => _events;

    /// <summary>Time passes.</summary>
    public HistoryScript Wait(double seconds)
    {
        _now += (long)(seconds * 1e9);
        return this;
    }

    /// <summary>Messages are sent.</summary>
    public HistoryScript Send(params int[] numbers) => Each(numbers, number => Add(Message(HistoryKind.Publishing, number) with { Queue = Queue }));

    /// <summary>A message is sent to queues, or to none.</summary>
    public HistoryScript SendTo(int number, bool isTransient, params string[] queues)
    {
        if (queues.Length == 0)
        {
            Add(Message(HistoryKind.Publishing, number));
        }

        foreach (var queue in queues)
        {
            Add(Message(HistoryKind.Publishing, number) with { Queue = queue, Transient = isTransient });
        }

        return this;
    }

    /// <summary>Messages are confirmed.</summary>
    public HistoryScript Confirm(params int[] numbers) => Each(numbers, number => Add(Message(HistoryKind.Confirmed, number) with { Tag = (ulong)number }));

    /// <summary>Messages are sent and confirmed.</summary>
    public HistoryScript Publish(params int[] numbers) => Send(numbers).Confirm(numbers);

    /// <summary>A message gets another outcome.</summary>
    public HistoryScript Outcome(HistoryKind kind, params int[] numbers) => Each(numbers, number => Add(Message(kind, number)));

    /// <summary>A message of any publisher gets an outcome.</summary>
    public HistoryScript Outcome(HistoryKind kind, MessageName name) => Add(HistoryEvent.Of(kind, name));

    /// <summary>A consumer starts.</summary>
    public HistoryScript Start(int consumer, int prefetch = 0, string queue = Queue) =>
        Add(new HistoryEvent { Kind = HistoryKind.ConsumerStarted, Consumer = consumer, Queue = queue, Prefetch = prefetch });

    /// <summary>A consumer's client ends it.</summary>
    public HistoryScript Leave(int consumer) => Consumer(HistoryKind.ConsumerEnding, consumer).Consumer(HistoryKind.ConsumerEnded, consumer);

    /// <summary>A consumer's connection ends.</summary>
    public HistoryScript Drop(int consumer) => Consumer(HistoryKind.ConsumerEnded, consumer);

    /// <summary>A consumer gets messages for the first time.</summary>
    public HistoryScript Deliver(int consumer, params int[] numbers) =>
        Each(numbers, number => Add(Message(HistoryKind.Delivered, number) with { Consumer = consumer, Queue = Queue }));

    /// <summary>A consumer gets messages with the redelivered mark.</summary>
    public HistoryScript Redeliver(int consumer, params int[] numbers) =>
        Each(numbers, number => Add(Message(HistoryKind.Delivered, number) with { Consumer = consumer, Queue = Queue, Redelivered = true }));

    /// <summary>A consumer gets a message of any queue.</summary>
    public HistoryScript DeliverFrom(string queue, int consumer, int number) =>
        Add(Message(HistoryKind.Delivered, number) with { Consumer = consumer, Queue = queue });

    /// <summary>A consumer acks messages.</summary>
    public HistoryScript Ack(int consumer, params int[] numbers) => Settle(HistoryKind.Acking, consumer, numbers);

    /// <summary>A consumer knows that acks were applied.</summary>
    public HistoryScript Applied(int consumer, params int[] numbers) => Settle(HistoryKind.Acked, consumer, numbers);

    /// <summary>A consumer returns messages.</summary>
    public HistoryScript Return(int consumer, params int[] numbers) => Settle(HistoryKind.Requeueing, consumer, numbers);

    /// <summary>A consumer gets messages and acks them.</summary>
    public HistoryScript Take(int consumer, params int[] numbers) => Deliver(consumer, numbers).Ack(consumer, numbers);

    /// <summary>A fault begins.</summary>
    public HistoryScript Fault(string name = "kill", bool losesMemory = true) => Add(HistoryEvent.FaultBegan(name, losesMemory));

    /// <summary>It ends.</summary>
    public HistoryScript EndFault(string name = "kill") => Add(HistoryEvent.FaultEnded(name));

    /// <summary>Any event.</summary>
    public HistoryScript Add(HistoryEvent happened)
    {
        _now += Millisecond;
        _events.Add(happened with { Time = _now });
        return this;
    }

    /// <summary>The queues are empty; what the judge says.</summary>
    public Verdict Judged() => Judge.Decide(Add(new HistoryEvent { Kind = HistoryKind.Drained })._events);

    private HistoryScript Settle(HistoryKind kind, int consumer, int[] numbers) =>
        Each(numbers, number => Add(Message(kind, number) with { Consumer = consumer, Queue = Queue }));

    private HistoryScript Consumer(HistoryKind kind, int consumer) => Add(new HistoryEvent { Kind = kind, Consumer = consumer, Queue = Queue });

    private HistoryScript Each(int[] numbers, Action<int> add)
    {
        Array.ForEach(numbers, add);
        return this;
    }

    private static HistoryEvent Message(HistoryKind kind, int number) => HistoryEvent.Of(kind, new MessageName(1, number));
}
