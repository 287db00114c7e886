using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>
/// Long scripts about one subject, of methods that are nearly all right: what a <see cref="RandomScript"/> is cut off from by its
/// errors. A queue has one consumer at a time: whose turn it is after a pause is nobody's promise.
/// </summary>
internal sealed class RandomScenario(int seed)
{
    /// <summary>How the tags of consumers begin that acknowledge nothing.</summary>
    public const string WithoutAcks = "n";

    private const int Shortest = 12;
    private const int Longest = 36;

    private static readonly string[] Tags = ["c0", "c1", $"{WithoutAcks}0", $"{WithoutAcks}1"];

    private readonly Random _random = new(seed);
    private readonly ScenarioTopology _topology = new(seed);
    private bool _isShared;
    private bool _returnsMany;
    private int _messages;

    public IReadOnlyList<Step> Steps()
    {
        var (setup, subject) = _random.Next(7) switch
        {
            0 => (_topology.Deaths(), (Func<int, Step>)Death),
            1 => (_topology.Priorities(), Priority),
            2 => (_topology.Limits(), Limit),
            3 => (_topology.Routes(), Route),
            4 => (_topology.Plain(), Share),
            5 => (_topology.Transactions(), Transact),
            _ => (_topology.Lifetimes(), Live),
        };
        // What returns to a full queue is dropped at once by RabbitMQ, also where a consumer waits.
        _returnsMany = subject != Limit && subject != Death;
        // What a limit that consumers share holds back is on the channel for a moment before others see it.
        _isShared = subject == Share && Chance(2);
        return [.. setup, .. Enumerable.Range(0, _random.Next(Shortest, Longest)).Select(_ => subject(_random.Next(ScriptRun.Slots)))];
    }

    private Step Death(int slot) => _random.Next(12) switch
    {
        < 4 => Publish(slot, "", Pick("q0", "q0", "q1"), Pick(
            ("", BasicProperties.Empty),
            ("expiration 600000", new() { Expiration = "600000", DeliveryMode = 2 }),
            ("CC", new() { Headers = new([new("CC", new object?[] { "elsewhere" }), new("BCC", new object?[] { "blind" })]) }),
            ("priority 2", new() { Priority = 2, Headers = new([new("k", "v")]) }))),
        < 10 => Take(slot),
        _ => Look(slot),
    };

    private Step Priority(int slot) => _random.Next(10) switch
    {
        < 4 => Publish(slot, "", "q0", Pick(
            ("", BasicProperties.Empty), ("1", new() { Priority = 1 }), ("2", new() { Priority = 2 }), ("3", new() { Priority = 3 }), ("200", new() { Priority = 200 }))),
        < 9 => Take(slot),
        _ => Look(slot),
    };

    private Step Limit(int slot) => _random.Next(10) switch
    {
        < 5 => Publish(slot, "", Pick("q0", "q0", "q1"), ("", BasicProperties.Empty)),
        < 9 => Take(slot),
        _ => Look(slot),
    };

    private Step Route(int slot) => _random.Next(12) switch
    {
        < 5 => Publish(slot, $"x{_random.Next(3)}", Pick(ScenarioTopology.Keys), Pick(
            ("", BasicProperties.Empty),
            ("k v", new() { Headers = new([new("k", "v")]) }),
            ("k 1", new() { Headers = new([new("k", 1L), new("l", true), new("x-m", "v")]) }),
            ("CC", new() { Headers = new([new("CC", new object?[] { "a.b", "a" })]) }))),
        < 7 => _topology.Bind(slot),
        7 => _topology.Unbind(slot),
        8 => Chance(3) ? DeleteExchange(slot) : Look(slot),
        _ => Step.Of(slot, Named($"q{_random.Next(ScenarioTopology.Queues)}", name => new BasicGet(name, NoAck: true))),
    };

    private Step Share(int slot) => _random.Next(12) switch
    {
        < 4 => Publish(slot, "", "q0", ("", BasicProperties.Empty)),
        < 10 => Take(slot),
        10 => Qos(slot),
        _ => _isShared ? Settle(slot) : Look(slot),
    };

    private Step Transact(int slot) => _random.Next(12) switch
    {
        < 4 => Publish(slot, Pick("", "", "x0"), Pick("q0", "q1"), ("persistent", new() { DeliveryMode = 2 })),
        < 8 => Take(slot),
        8 or 9 => Step.Of(slot, MethodId.TxCommit),
        10 => Step.Of(slot, MethodId.TxRollback),
        _ => Look(slot),
    };

    private Step Live(int slot) => _random.Next(14) switch
    {
        < 2 => Publish(slot, Pick("", "x0", "x1"), Pick("q0", "q1", "a"), ("", BasicProperties.Empty)),
        < 6 => Take(slot),
        6 or 7 => _topology.Declare(slot),
        8 => _topology.DeclareExchange(slot),
        9 => _topology.Bind(slot),
        10 => _topology.Unbind(slot),
        11 => DeleteQueue(slot),
        12 => DeleteExchange(slot),
        _ => Look(slot),
    };

    private Step DeleteQueue(int slot)
    {
        var flags = Pick(QueueDeleteFlags.None, QueueDeleteFlags.IfUnused, QueueDeleteFlags.IfEmpty, QueueDeleteFlags.NoWait);
        return Step.Of(slot, Named($"q{_random.Next(ScenarioTopology.Queues)}", name => new QueueDelete(name, flags)), mayDeliver: true);
    }

    private Step DeleteExchange(int slot)
    {
        var flags = Chance(2) ? ExchangeDeleteFlags.IfUnused : 0;
        return Step.Of(slot, Named($"x{_random.Next(3)}", name => new ExchangeDelete(name, flags)), mayDeliver: true);
    }

    /// <summary>Consuming, getting and settling.</summary>
    private Step Take(int slot) => _random.Next(16) switch
    {
        < 3 => _isShared ? Settle(slot) : Get(slot),
        < 6 => Consume(slot),
        < 13 => Settle(slot),
        13 => Cancel(slot, Pick(Tags)),
        14 when _returnsMany => Step.Of(slot, _ => new BasicRecover(true), mayDeliver: true) with { ReturnsAll = true },
        _ => Chance(2) ? Step.Of(slot, _ => new ChannelClose(200, "", MethodId.None), closes: true, mayDeliver: true) : Qos(slot),
    };

    private Step Get(int slot)
    {
        // RabbitMQ counts what was got towards a limit that is set later; it is no delivery.
        var (queue, noAck) = ($"q{_random.Next(ScenarioTopology.Queues)}", Chance(8));
        return Step.Of(slot, Named(queue, name => new BasicGet(name, noAck)), mayDeliver: true);
    }

    private Step Consume(int slot)
    {
        var (noAck, number, priority) = (Chance(5) && !_isShared, _random.Next(2), _random.Next(8));
        var arguments = priority == 0 ? new FieldTable([new("x-priority", 1)]) : FieldTable.Empty;
        var tag = noAck ? $"{WithoutAcks}{number}" : $"c{number}";
        return new Step(
            slot,
            $"basic.cancel, basic.consume 'q{slot}' {tag} {(priority == 0 ? "x-priority 1" : "")}",
            (prefix, channel) => WireClient.Frames(output =>
            {
                foreach (var other in Tags)
                {
                    FrameWriter.WriteMethod(output, channel, new BasicCancel(other, NoWait: true));
                }

                FrameWriter.WriteMethod(
                    output, channel, new BasicConsume($"{prefix}q{slot}", tag, noAck ? BasicConsumeFlags.NoAck : 0, arguments));
            }),
            MayDeliver: true);
    }

    private static Step Cancel(int slot, string tag) => Step.Of(slot, _ => new BasicCancel(tag, NoWait: false), mayDeliver: true);

    private Step Settle(int slot)
    {
        // What is returned and lives for no time goes in RabbitMQ, also where a consumer waits for it.
        var (nth, multiple, requeue) = (_random.Next(4), Chance(3), Chance(2) && !_topology.HasImmediateExpiry);
        multiple &= _returnsMany || !requeue;
        var flags = (multiple ? BasicNackFlags.Multiple : 0) | (requeue ? BasicNackFlags.Requeue : 0);
        return _random.Next(3) switch
        {
            0 => Step.Settle(slot, nth, multiple, tag => new BasicAck(tag, multiple)),
            1 => Step.Settle(slot, nth, multiple, tag => new BasicNack(tag, flags)),
            _ => Step.Settle(slot, nth, multiple: false, tag => new BasicReject(tag, requeue)),
        };
    }

    private Step Qos(int slot)
    {
        // One kind of limit in a script: where RabbitMQ gets the other kind, it lifts the first.
        var count = Pick<ushort>(0, 1, 2, 3);
        return Step.Of(slot, _ => new BasicQos(0, count, _isShared), mayDeliver: true);
    }

    /// <summary>How many are ready and who consumes.</summary>
    private Step Look(int slot)
    {
        var queue = $"q{_random.Next(ScenarioTopology.Queues)}";
        return Chance(6)
            ? Step.Of(slot, Named(queue, name => new QueuePurge(name, false)), mayDeliver: true)
            : Step.Of(slot, Named(queue, name => new QueueDeclare(name, QueueDeclareFlags.Passive, FieldTable.Empty)));
    }

    private Step Publish(int slot, string exchange, string key, (string Text, BasicProperties Properties) message)
    {
        var (mandatory, body) = (Chance(3), $"m{_messages++}");
        var octets = BasicPropertiesWriter.ToArray(message.Properties);
        var isQueue = key.StartsWith('q');
        return new Step(
            slot,
            $"basic.publish '{exchange}' '{key}' mandatory {mandatory} body '{body}' {message.Text}",
            (prefix, channel) => WireClient.Publish(
                exchange.Length == 0 ? "" : prefix + exchange, isQueue ? prefix + key : key, Encoding.UTF8.GetBytes(body), mandatory, octets, channel),
            MayDeliver: true);
    }

    private static Func<string, TMethod> Named<TMethod>(string name, Func<string, TMethod> method) => prefix => method(prefix + name);

    private bool Chance(int of) => _random.Next(of) == 0;

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
