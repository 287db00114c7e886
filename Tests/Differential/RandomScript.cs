using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>
/// Scripts of methods, most of them sensible and many of them wrong. Each channel consumes from its own queue only: in which order two
/// queues deliver to one channel is nobody's promise.
/// </summary>
internal sealed class RandomScript(int seed)
{
    private const int Queues = 3;
    private const int LongestScript = 14;

    private static readonly string[] Keys = ["a", "a.b", "a.b.c", "", "*.b", "a.#", "#", "q0", "q1"];
    private static readonly string[] Types = ["direct", "fanout", "topic", "headers"];

    private readonly Random _random = new(seed);
    private readonly RandomArguments _arguments = new(seed);

    /// <summary>Deletes what scripts declare.</summary>
    public static IEnumerable<Step> Cleaning { get; } =
    [
        .. Enumerable.Range(0, Queues).Select(i => Step.Of(0, prefix => new QueueDelete($"{prefix}q{i}", QueueDeleteFlags.NoWait))),
        .. Enumerable.Range(0, 3).Select(i => Step.Of(0, prefix => new ExchangeDelete($"{prefix}x{i}", ExchangeDeleteFlags.NoWait))),
    ];

    public IReadOnlyList<Step> Steps()
    {
        var steps = new List<Step>();
        var queues = _random.Next(1, Queues + 1);
        for (var i = 0; i < queues; i++)
        {
            // Something to work with; what else happens to it is the script's.
            steps.Add(Declare(i, $"q{i}", likely: true));
        }

        for (var length = _random.Next(4, LongestScript); length > 0; length--)
        {
            steps.Add(Next(_random.Next(ScriptRun.Slots)));
        }

        return steps;
    }

    private Step Next(int slot) => _random.Next(30) switch
    {
        0 or 1 => Declare(slot, Queue(), likely: false),
        2 => DeclarePassively(slot),
        3 => DeleteQueue(slot),
        4 or 5 => BindQueue(slot),
        6 => UnbindQueue(slot),
        7 => Purge(slot),
        8 or 9 => DeclareExchange(slot),
        10 => DeleteExchange(slot),
        11 or 12 => BindExchange(slot),
        >= 13 and <= 17 => Publish(slot),
        18 or 19 => Get(slot),
        20 or 21 => Consume(slot),
        22 => Cancel(slot),
        23 or 24 or 25 => Settle(slot),
        26 => Qos(slot),
        27 => Step.Of(slot, Pick(MethodId.TxSelect, MethodId.TxCommit, MethodId.TxRollback, MethodId.TxSelect, MethodId.TxCommit)),
        28 => ConfirmOrClose(slot),
        _ => Rare(slot),
    };

    private Step Declare(int slot, string name, bool likely)
    {
        var flags = likely
            ? Rarely(QueueDeclareFlags.Durable) | Rarely(QueueDeclareFlags.Exclusive) | Rarely(QueueDeclareFlags.AutoDelete)
            : (QueueDeclareFlags)_random.Next(16) & ~QueueDeclareFlags.Passive | Rarely(QueueDeclareFlags.NoWait);
        var (arguments, text) = likely && _random.Next(3) > 0 ? RandomArguments.None : _arguments.OfQueue();
        return Step.Of(slot, Named(name, full => new QueueDeclare(full, flags, FieldTable.Empty), (method, prefix) => method with { Arguments = arguments(prefix) }), text);
    }

    private Step DeclarePassively(int slot)
    {
        var flags = QueueDeclareFlags.Passive | Rarely(QueueDeclareFlags.NoWait);
        return Step.Of(slot, Named(Queue(), name => new QueueDeclare(name, flags, FieldTable.Empty)));
    }

    private Step DeleteQueue(int slot)
    {
        var flags = Rarely(QueueDeleteFlags.IfUnused) | Rarely(QueueDeleteFlags.IfEmpty) | Rarely(QueueDeleteFlags.NoWait);
        return Step.Of(slot, Named(Queue(), name => new QueueDelete(name, flags)), mayDeliver: true);
    }

    private Step BindQueue(int slot)
    {
        var (queue, exchange, key, noWait, arguments) = (Queue(), Exchange(), Pick(Keys), Chance(8), _arguments.OfBinding());
        return Step.Of(
            slot,
            prefix => new QueueBind(Full(prefix, queue), Full(prefix, exchange), Key(prefix, exchange, key), noWait, arguments.Table(prefix)),
            arguments.Text);
    }

    private Step UnbindQueue(int slot)
    {
        var (queue, exchange, key, arguments) = (Queue(), Exchange(), Pick(Keys), _arguments.OfBinding());
        return Step.Of(
            slot,
            prefix => new QueueUnbind(Full(prefix, queue), Full(prefix, exchange), Key(prefix, exchange, key), arguments.Table(prefix)),
            arguments.Text);
    }

    private Step Purge(int slot)
    {
        var noWait = Chance(8);
        return Step.Of(slot, Named(Queue(), name => new QueuePurge(name, noWait)));
    }

    private Step DeclareExchange(int slot)
    {
        var type = Chance(8) ? Pick("bogus", "", "x-consistent-hash", "bogus") : Pick(Types);
        var flags = Rarely(ExchangeDeclareFlags.Passive) | Rarely(ExchangeDeclareFlags.Durable) | Rarely(ExchangeDeclareFlags.AutoDelete)
            | Rarely(ExchangeDeclareFlags.Internal) | Rarely(ExchangeDeclareFlags.NoWait);
        var (arguments, text) = Chance(4) ? _arguments.OfExchange() : RandomArguments.None;
        var exchange = Exchange();
        return Step.Of(slot, prefix => new ExchangeDeclare(Full(prefix, exchange), type, flags, arguments(prefix)), text);
    }

    private Step DeleteExchange(int slot)
    {
        var flags = Rarely(ExchangeDeleteFlags.IfUnused) | Rarely(ExchangeDeleteFlags.NoWait);
        return Step.Of(slot, Named(Exchange(), name => new ExchangeDelete(name, flags)));
    }

    private Step BindExchange(int slot)
    {
        var (to, from, key, noWait, arguments) = (Exchange(), Exchange(), Pick(Keys), Chance(8), _arguments.OfBinding());
        return _random.Next(3) > 0
            ? Step.Of(slot, prefix => new ExchangeBind(Full(prefix, to), Full(prefix, from), Key(prefix, from, key), noWait, arguments.Table(prefix)), arguments.Text)
            : Step.Of(slot, prefix => new ExchangeUnbind(Full(prefix, to), Full(prefix, from), Key(prefix, from, key), noWait, arguments.Table(prefix)), arguments.Text);
    }

    private Step Publish(int slot)
    {
        var exchange = Chance(2) ? "" : Exchange();
        var key = exchange.Length == 0 ? Queue() : Pick(Keys);
        var (mandatory, immediate, body) = (Chance(3), Chance(60), Chance(20) ? "" : $"m{_random.Next(100)}");
        var (properties, text) = Chance(2) ? _arguments.OfMessage() : (BasicProperties.Empty, "");
        var octets = BasicPropertiesWriter.ToArray(properties);
        return new Step(
            slot,
            $"basic.publish '{exchange}' '{key}' mandatory {mandatory} immediate {immediate} body '{body}' {text}",
            (prefix, channel) => WireClient.Publish(
                Full(prefix, exchange),
                exchange.Length == 0 ? Full(prefix, key) : Key(prefix, exchange, key),
                Encoding.UTF8.GetBytes(body),
                mandatory,
                octets,
                channel,
                immediate: immediate),
            MayDeliver: true);
    }

    private Step Get(int slot)
    {
        var noAck = Chance(2);
        return Step.Of(slot, Named(Queue(), name => new BasicGet(name, noAck)));
    }

    private Step Consume(int slot)
    {
        var flags = (Chance(3) ? BasicConsumeFlags.NoAck : 0) | (Chance(8) ? BasicConsumeFlags.Exclusive : 0)
            | (Chance(8) ? BasicConsumeFlags.NoLocal : 0) | (Chance(8) ? BasicConsumeFlags.NoWait : 0);
        var (arguments, text) = Chance(4) ? _arguments.OfConsumer() : RandomArguments.None;
        var (queue, tag) = (Chance(12) ? "missing" : $"q{slot}", Pick("c0", "c1", "c0", "c1", "c2", ""));
        return Step.Of(slot, prefix => new BasicConsume(Full(prefix, queue), tag, flags, arguments(prefix)), text, mayDeliver: true);
    }

    private Step Cancel(int slot)
    {
        var (tag, noWait) = (Pick("c0", "c1", "c2", "missing"), Chance(8));
        return Step.Of(slot, _ => new BasicCancel(tag, noWait), mayDeliver: true);
    }

    private Step Settle(int slot)
    {
        var (tag, flags) = (Pick<ulong>(1, 1, 1, 2, 2, 3, 4, 0, 99), (BasicNackFlags)_random.Next(4));
        var (multiple, requeue) = ((flags & BasicNackFlags.Multiple) != 0, (flags & BasicNackFlags.Requeue) != 0);
        return _random.Next(3) switch
        {
            0 => Step.Of(slot, _ => new BasicAck(tag, multiple), mayDeliver: true),
            1 => Step.Of(slot, _ => new BasicNack(tag, flags), mayDeliver: true),
            _ => Step.Of(slot, _ => new BasicReject(tag, requeue), mayDeliver: true),
        };
    }

    private Step Qos(int slot)
    {
        var (size, count, global) = (Chance(20) ? 1u : 0u, Pick<ushort>(0, 1, 2, 10), Chance(3));
        return Step.Of(slot, _ => new BasicQos(size, count, global), mayDeliver: true);
    }

    private Step ConfirmOrClose(int slot)
    {
        var noWait = Chance(8);
        return Chance(3)
            ? Step.Of(slot, _ => new ChannelClose(200, "bye", MethodId.None), closes: true, mayDeliver: true)
            : Step.Of(slot, _ => new ConfirmSelect(noWait));
    }

    private Step Rare(int slot)
    {
        var requeue = _random.Next(4) > 0;
        return _random.Next(12) switch
        {
            0 or 1 or 2 or 3 => Step.Of(slot, _ => new BasicRecover(requeue), mayDeliver: true),
            4 or 5 => Step.Of(slot, _ => new BasicRecoverAsync(requeue), mayDeliver: true),
            6 => Step.Of(slot, _ => new ChannelFlow(false)),
            7 => Step.Of(slot, MethodId.BasicQosOk),
            8 => Step.Of(slot, MethodId.BasicRecoverOk),
            9 => Step.Of(slot, _ => new ChannelOpen()),
            10 => Step.Of(slot, prefix => new BasicConsume("amq.rabbitmq.reply-to", "r", requeue ? BasicConsumeFlags.NoAck : 0, FieldTable.Empty)),
            _ => Step.Of(slot, _ => new QueueDeclare("amq.rabbitmq.reply-to", QueueDeclareFlags.Passive, FieldTable.Empty)),
        };
    }

    private string Queue() => Chance(6) ? Pick("", "", "missing", "amq.mine", new string('n', 200)) : $"q{_random.Next(Queues)}";

    private string Exchange() => Chance(6) ? Pick("", "missing", "amq.direct", "amq.mine", "amq.rabbitmq.trace") : $"x{_random.Next(3)}";

    private static Func<string, TMethod> Named<TMethod>(string name, Func<string, TMethod> method) => prefix => method(Full(prefix, name));

    private static Func<string, TMethod> Named<TMethod>(string name, Func<string, TMethod> method, Func<TMethod, string, TMethod> with) =>
        prefix => with(method(Full(prefix, name)), prefix);

    /// <summary>Names of the script's own begin with its prefix.</summary>
    private static string Full(string prefix, string name) =>
        name.Length == 0 || name.StartsWith("amq.", StringComparison.Ordinal) ? name : prefix + name;

    // What the broker's own exchanges route is to be the script's own.
    private static string Key(string prefix, string exchange, string key) =>
        key.StartsWith('q') || exchange.StartsWith("amq.", StringComparison.Ordinal) ? prefix + key : key;

    private bool Chance(int of) => _random.Next(of) == 0;

    private TFlag Rarely<TFlag>(TFlag flag)
        where TFlag : struct, Enum => Chance(6) ? flag : default;

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
