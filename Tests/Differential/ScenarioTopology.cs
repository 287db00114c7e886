using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>What the scripts about one subject begin with: queues, exchanges and bindings that are right.</summary>
internal sealed class ScenarioTopology(int seed)
{
    /// <summary>How many queues there are.</summary>
    public const int Queues = 3;

    /// <summary>Keys to bind and to publish with.</summary>
    public static readonly string[] Keys = ["a", "a.b", "a.b.c", "", "b", "q0"];

    private static readonly string[] Patterns = ["a", "a.b", "a.*", "*.b", "a.#", "#", "#.c", "", "b", "*", "q0"];

    private readonly Random _random = new(~seed);

    /// <summary>Whether there is a queue whose messages live for no time.</summary>
    public bool HasImmediateExpiry { get; private set; }

    /// <summary>Queues that dead-letter to each other, in circles too.</summary>
    public IEnumerable<Step> Deaths()
    {
        yield return DeclareExchange(0, "x0", Pick("direct", "fanout", "topic"));
        for (var i = 0; i < Queues; i++)
        {
            var arguments = new List<(string, string)>();
            if (i == 0 || Chance(2))
            {
                arguments.Add(("x-dead-letter-exchange", Pick("", "", "x0", "gone")));
                if (!Chance(4))
                {
                    arguments.Add(("x-dead-letter-routing-key", Pick("q0", "q1", "q2")));
                }
            }

            (string, object)[] numbers = _random.Next(6) switch
            {
                0 => [("x-max-length", _random.Next(4))],
                1 when i > 0 => Immediate(),
                2 => [("x-max-priority", 3)],
                _ => [],
            };
            yield return DeclareQueue(0, $"q{i}", 0, arguments, numbers);
        }

        yield return BindQueue(0, "q2", "x0", "q1");
        yield return BindQueue(0, "q1", "x0", "q0");
    }

    private (string, object)[] Immediate()
    {
        HasImmediateExpiry = true;
        return [("x-message-ttl", 0)];
    }

    /// <summary>A queue with priorities.</summary>
    public IEnumerable<Step> Priorities() =>
        [DeclareQueue(0, "q0", 0, [], ("x-max-priority", _random.Next(1, 5))), DeclareQueue(0, "q1", 0, []), DeclareQueue(0, "q2", 0, [])];

    /// <summary>Queues that are soon full, before a channel that is told so.</summary>
    public IEnumerable<Step> Limits()
    {
        yield return Step.Of(0, _ => new ConfirmSelect(false));
        yield return Step.Of(2, _ => new ConfirmSelect(false));
        for (var i = 0; i < 2; i++)
        {
            // A queue that takes nothing passes on what a consumer waits for; RabbitMQ's refuses that.
            var limit = Chance(3) ? ("x-max-length-bytes", (object)_random.Next(4, 9)) : ("x-max-length", _random.Next(1, 4));
            var overflow = Pick("drop-head", "reject-publish", "reject-publish-dlx");
            List<(string, string)> deadLetters = Chance(2) ? [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "q2")] : [];
            yield return DeclareQueue(0, $"q{i}", 0, deadLetters, limit, ("x-overflow", overflow));
        }

        yield return DeclareQueue(0, "q2", 0, []);
    }

    /// <summary>Exchanges of all kinds, bound to each other and to queues.</summary>
    public IEnumerable<Step> Routes() =>
    [
        .. Plain(),
        DeclareExchange(0, "x0", Pick("direct", "topic", "headers"), alternate: Chance(2) ? "x1" : null),
        DeclareExchange(0, "x1", Pick("direct", "fanout", "topic", "headers"), alternate: Chance(3) ? "x2" : null),
        DeclareExchange(0, "x2", Pick("fanout", "topic"), alternate: Chance(3) ? "x0" : null),
        .. Enumerable.Range(0, 6).Select(_ => Bind(0)),
    ];

    /// <summary>Queues that are nothing but queues.</summary>
    public IEnumerable<Step> Plain() => Enumerable.Range(0, Queues).Select(i => DeclareQueue(0, $"q{i}", Chance(2) ? QueueDeclareFlags.Durable : 0, []));

    /// <summary>Two channels that commit what they do.</summary>
    public IEnumerable<Step> Transactions() =>
    [
        .. Plain(), DeclareExchange(0, "x0", "direct"), BindQueue(0, "q2", "x0", "q0"), Step.Of(0, MethodId.TxSelect), Step.Of(2, MethodId.TxSelect),
    ];

    /// <summary>What goes when nobody uses it.</summary>
    public IEnumerable<Step> Lifetimes() => [Declare(0), Declare(1), Declare(2), DeclareExchange(0), DeclareExchange(1), Bind(0), Bind(1)];

    /// <summary>Declares a queue that goes by itself, with its connection, or not at all.</summary>
    public Step Declare(int slot)
    {
        var flags = Pick(QueueDeclareFlags.None, QueueDeclareFlags.AutoDelete, QueueDeclareFlags.Exclusive, QueueDeclareFlags.Durable);
        return DeclareQueue(slot, $"q{_random.Next(Queues)}", flags, []);
    }

    /// <summary>Declares an exchange that goes with its last binding, or not.</summary>
    public Step DeclareExchange(int slot) => DeclareExchange(
        slot, $"x{_random.Next(3)}", Pick("fanout", "direct"), flags: Pick(ExchangeDeclareFlags.AutoDelete, ExchangeDeclareFlags.AutoDelete, ExchangeDeclareFlags.None));

    /// <summary>Binds a queue or an exchange.</summary>
    public Step Bind(int slot)
    {
        var (from, key, arguments) = ($"x{_random.Next(3)}", Pick(Patterns), Matching());
        if (!Chance(3))
        {
            return BindQueue(slot, $"q{_random.Next(Queues)}", from, key, arguments);
        }

        var to = $"x{_random.Next(3)}";
        return Step.Of(slot, prefix => new ExchangeBind(prefix + to, prefix + from, key, false, arguments), Replies.Of(arguments), mayDeliver: true);
    }

    /// <summary>Unbinds a queue or an exchange.</summary>
    public Step Unbind(int slot)
    {
        var (from, key, arguments, number) = ($"x{_random.Next(3)}", Pick(Patterns), Matching(), _random.Next(3));
        return Chance(3)
            ? Step.Of(slot, prefix => new ExchangeUnbind($"{prefix}x{number}", prefix + from, key, false, arguments), Replies.Of(arguments), mayDeliver: true)
            : Step.Of(slot, prefix => new QueueUnbind($"{prefix}q{number}", prefix + from, key, arguments), Replies.Of(arguments), mayDeliver: true);
    }

    private FieldTable Matching() => _random.Next(8) switch
    {
        0 => new([new("x-match", "any"), new("k", "v"), new("l", true)]),
        1 => new([new("x-match", "all"), new("k", "v")]),
        2 => new([new("k", null)]),
        3 => new([new("x-match", "any-with-x"), new("x-m", "v")]),
        4 => new([new("x-match", "any")]),
        _ => FieldTable.Empty,
    };

    private static Step BindQueue(int slot, string queue, string exchange, string key, FieldTable? arguments = null) => Step.Of(
        slot,
        prefix => new QueueBind(prefix + queue, prefix + exchange, key.StartsWith('q') ? prefix + key : key, false, arguments ?? FieldTable.Empty),
        Replies.Of(arguments),
        mayDeliver: true);

    // Names in arguments are the script's own.
    private static Step DeclareQueue(
        int slot, string name, QueueDeclareFlags flags, IReadOnlyList<(string Name, string Of)> names, params (string Name, object Value)[] values) =>
        new(
            slot,
            $"queue.declare '{name}' {flags} {string.Join(", ", names)} {string.Join(", ", values)}",
            (prefix, channel) => WireClient.Frames(output =>
            {
                var table = new FieldTable(
                [
                    .. names.Select(field => KeyValuePair.Create(field.Name, (object?)(field.Of.Length == 0 ? "" : prefix + field.Of))),
                    .. values.Select(field => KeyValuePair.Create(field.Name, (object?)field.Value)),
                ]);
                FrameWriter.WriteMethod(output, channel, new QueueDeclare(prefix + name, flags, table));
            }));

    private static Step DeclareExchange(int slot, string name, string type, string? alternate = null, ExchangeDeclareFlags flags = 0) => Step.Of(
        slot,
        prefix => new ExchangeDeclare(
            prefix + name, type, flags, alternate is null ? FieldTable.Empty : new FieldTable([new("alternate-exchange", prefix + alternate)])),
        alternate is null ? "" : $"alternate {alternate}");

    private bool Chance(int of) => _random.Next(of) == 0;

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
