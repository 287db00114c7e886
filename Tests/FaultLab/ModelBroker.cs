using OrleansBroker.FaultLab.History;

namespace OrleansBroker.Tests.FaultLab;

/// <summary>
/// A broker of two queues in a few lines, with its clients, that draws what happens and writes the history of it. It keeps its word,
/// unless it is told to break it once.
/// </summary>
internal sealed class ModelBroker(int seed)
{
    private const int Queues = 2;
    private const int Publishers = 3;
    private const int MostConsumers = 5;

    private readonly Random _random = new(seed);
    private readonly HistoryScript _history = new();
    private readonly List<Copy>[] _ready = [[], []];
    private readonly List<Consumer> _consumers = [];
    private readonly List<(MessageName Name, int[] Queues)> _pending = [];
    private readonly Dictionary<int, int> _last = [];
    private int _lives = 10;
    private int _generation;
    private long _sequence;

    /// <summary>The history.</summary>
    public HistoryScript History => _history;

    /// <summary>Lets so many things happen.</summary>
    public void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Step();
        }
    }

    /// <summary>Confirms and delivers all that is left.</summary>
    public void Drain()
    {
        Confirm(_pending.Count);
        foreach (var consumer in _consumers)
        {
            Ack(consumer, applies: true);
        }

        for (var queue = 0; queue < Queues; queue++)
        {
            var last = Start(queue, prefetch: 10);
            while (_ready[queue].Count > 0)
            {
                Deliver(last, _ready[queue][0]);
                Ack(last, applies: true);
            }
        }
    }

    /// <summary>A message that was confirmed is gone.</summary>
    public bool Lose() => Ready(copy => copy.IsConfirmed) is { } copy && _ready[copy.Queue].Remove(copy);

    /// <summary>A message that was delivered comes once more, as if it were new.</summary>
    public bool Duplicate()
    {
        if (Held() is not { } held)
        {
            return false;
        }

        Deliver(Start(held.Queue, prefetch: 10), held with { IsMarked = false });
        return true;
    }

    /// <summary>A message whose ack was applied comes once more.</summary>
    public bool Resurrect()
    {
        // Away from the last fault, and seen before the next.
        _history.Wait(30);
        if (Ready(_ => true) is not { } copy)
        {
            return false;
        }

        var consumer = Start(copy.Queue, prefetch: 10);
        Deliver(consumer, copy);
        Ack(consumer, applies: true);
        Deliver(consumer, copy with { IsMarked = true });
        return true;
    }

    /// <summary>Two messages of a publisher come in the wrong order.</summary>
    public bool Reorder()
    {
        var pair = from later in _ready.SelectMany(queue => queue)
                   from earlier in _ready[later.Queue]
                   where earlier.Name.Publisher == later.Name.Publisher && earlier.Name.Number < later.Name.Number
                   where !earlier.IsMarked && !later.IsMarked
                   select (earlier, later);
        if (pair.FirstOrDefault() is not { later: not null } wrong)
        {
            return false;
        }

        var consumer = Start(wrong.later.Queue, prefetch: 10);
        Deliver(consumer, wrong.later);
        Deliver(consumer, wrong.earlier);
        return true;
    }

    /// <summary>A consumer gets one more than it may hold.</summary>
    public bool Overfill()
    {
        if (_ready.FirstOrDefault(queue => queue.Count > 3) is not { } ready)
        {
            return false;
        }

        // Away from the last fault, as it might have returned what the consumer holds.
        _history.Wait(30);
        var consumer = Start(ready[0].Queue, prefetch: 2);
        for (var i = 0; i < 3; i++)
        {
            Deliver(consumer, ready[0]);
        }

        return true;
    }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 35:
                Send();
                break;
            case < 55:
                Confirm(_random.Next(1, 4));
                break;
            case < 80:
                DeliverSome();
                break;
            case < 90 when Any() is { } consumer:
                Ack(consumer, applies: _random.Next(2) == 0);
                break;
            case < 93 when Any() is { Held.Count: > 0 } consumer:
                var returned = consumer.Held[_random.Next(consumer.Held.Count)];
                Note(HistoryKind.Requeueing, consumer, returned);
                consumer.Held.Remove(returned);
                Insert(returned with { IsMarked = true });
                break;
            case < 95 when Any() is { } consumer:
                Leave(consumer, isAsked: true);
                break;
            case < 98 when _consumers.Count < MostConsumers:
                Start(_random.Next(Queues), _random.Next(1, 6));
                break;
            case 99 when _random.Next(3) == 0:
                Crash();
                break;
        }
    }

    private void Send()
    {
        // After a crash publishers open new channels.
        var publisher = (_generation * Publishers) + 1 + _random.Next(Publishers);
        var name = new MessageName(publisher, _last[publisher] = _last.GetValueOrDefault(publisher) + 1);
        var queues = _random.Next(4) == 0 ? [0, 1] : new[] { _random.Next(Queues) };
        foreach (var queue in queues)
        {
            _history.Add(HistoryEvent.Of(HistoryKind.Publishing, name) with { Queue = NameOf(queue) });
        }

        _pending.Add((name, queues));
    }

    private void Confirm(int count)
    {
        foreach (var (name, queues) in _pending.Take(count).ToArray())
        {
            Store(name, queues, isConfirmed: true);
            _history.Add(HistoryEvent.Of(HistoryKind.Confirmed, name) with { Tag = (ulong)name.Number });
            _pending.RemoveAt(0);
        }
    }

    private void Store(MessageName name, int[] queues, bool isConfirmed)
    {
        foreach (var queue in queues)
        {
            _ready[queue].Add(new Copy(name, queue, ++_sequence, isConfirmed));
        }
    }

    private void DeliverSome()
    {
        foreach (var consumer in _consumers.Where(consumer => consumer.Held.Count < consumer.Prefetch))
        {
            if (_ready[consumer.Queue] is [var first, ..])
            {
                Deliver(consumer, first);
            }
        }
    }

    private void Deliver(Consumer consumer, Copy copy)
    {
        _ready[copy.Queue].Remove(copy);
        consumer.Held.Add(copy);
        _history.Add(HistoryEvent.Of(HistoryKind.Delivered, copy.Name) with
        {
            Consumer = consumer.Number,
            Queue = NameOf(copy.Queue),
            Redelivered = copy.IsMarked,
        });
    }

    private void Ack(Consumer consumer, bool applies)
    {
        foreach (var copy in consumer.Held)
        {
            Note(HistoryKind.Acking, consumer, copy);
        }

        foreach (var copy in consumer.Held.Where(_ => applies))
        {
            Note(HistoryKind.Acked, consumer, copy);
        }

        consumer.Held.Clear();
    }

    private Consumer Start(int queue, int prefetch)
    {
        var consumer = new Consumer(++_lives, queue, prefetch, []);
        _consumers.Add(consumer);
        _history.Start(consumer.Number, prefetch, NameOf(queue));
        return consumer;
    }

    private void Leave(Consumer consumer, bool isAsked)
    {
        if (isAsked)
        {
            End(HistoryKind.ConsumerEnding, consumer);
        }

        End(HistoryKind.ConsumerEnded, consumer);
        consumer.Held.ForEach(copy => Insert(copy with { IsMarked = true }));
        _consumers.Remove(consumer);
    }

    private void Crash()
    {
        _history.Wait(_random.Next(30)).Fault();
        foreach (var (name, queues) in _pending)
        {
            if (_random.Next(2) == 0)
            {
                Store(name, queues, isConfirmed: false);
            }

            _history.Outcome(HistoryKind.Unknown, name);
        }

        _pending.Clear();
        _consumers.ToList().ForEach(consumer => Leave(consumer, isAsked: false));
        foreach (var ready in _ready)
        {
            // What the broker may have handed out bears the mark, and its mark moves in strides.
            var marked = _random.Next(ready.Count + 1);
            ready.Take(marked).ToList().ForEach(copy => copy.IsMarked = true);
        }

        _generation++;
        _history.Wait(5).EndFault().Wait(_random.Next(40));
    }

    private void Insert(Copy copy)
    {
        var ready = _ready[copy.Queue];
        var at = ready.FindIndex(other => other.Sequence >= copy.Sequence);
        ready.Insert(at < 0 ? ready.Count : at, copy);
    }

    private Consumer? Any() => _consumers.Count == 0 ? null : _consumers[_random.Next(_consumers.Count)];

    private Copy? Ready(Func<Copy, bool> suits) => _ready.SelectMany(queue => queue).FirstOrDefault(suits);

    private Copy? Held() => _consumers.SelectMany(consumer => consumer.Held).FirstOrDefault(copy => !copy.IsMarked);

    private void Note(HistoryKind kind, Consumer consumer, Copy copy) =>
        _history.Add(HistoryEvent.Of(kind, copy.Name) with { Consumer = consumer.Number, Queue = NameOf(copy.Queue) });

    private void End(HistoryKind kind, Consumer consumer) =>
        _history.Add(new HistoryEvent { Kind = kind, Consumer = consumer.Number, Queue = NameOf(consumer.Queue) });

    private static string NameOf(int queue) => $"queue-{queue}";

    private sealed record Copy(MessageName Name, int Queue, long Sequence, bool IsConfirmed)
    {
        public bool IsMarked { get; set; }
    }

    private sealed record Consumer(int Number, int Queue, int Prefetch, List<Copy> Held);
}
