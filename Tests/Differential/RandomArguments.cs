using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;

namespace OrleansBroker.Tests.Differential;

/// <summary>
/// Arguments and properties, right and wrong ones; without those that are answered otherwise on purpose (docs/compatibility.md).
/// </summary>
internal sealed class RandomArguments(int seed)
{
    private static readonly (string Name, object? Value)[] QueueArguments =
    [
        ("x-message-ttl", 0), ("x-message-ttl", 600_000L), ("x-message-ttl", -1), ("x-message-ttl", "1"), ("x-message-ttl", 1.5),
        ("x-expires", 600_000), ("x-expires", 0), ("x-expires", -1L), ("x-expires", true),
        ("x-max-length", 1), ("x-max-length", 2L), ("x-max-length", 0), ("x-max-length", -1), ("x-max-length", "2"),
        ("x-max-length-bytes", 3), ("x-max-length-bytes", -5), ("x-max-length-bytes", "3"),
        ("x-overflow", "drop-head"), ("x-overflow", "reject-publish"), ("x-overflow", "reject-publish"), ("x-overflow", "bogus"), ("x-overflow", 1),
        ("x-dead-letter-exchange", ""), ("x-dead-letter-exchange", "x0"), ("x-dead-letter-exchange", 1),
        ("x-dead-letter-routing-key", "q1"), ("x-dead-letter-routing-key", 2),
        ("x-max-priority", 5), ("x-max-priority", 1L), ("x-max-priority", 0), ("x-max-priority", 256), ("x-max-priority", -1), ("x-max-priority", "5"),
        ("x-queue-mode", "lazy"), ("x-queue-type", "classic"), ("x-queue-type", "classic"),
        ("x-single-active-consumer", true), ("x-single-active-consumer", "yes"),
        ("anything", "goes"), ("anything", new object?[] { 1, "a" }),
    ];

    private static readonly (string Name, object? Value)[] ExchangeArguments =
    [
        ("alternate-exchange", "x0"), ("alternate-exchange", "x1"), ("alternate-exchange", 5), ("anything", true), ("anything", 1),
    ];

    private static readonly (string Name, object? Value)[] BindingArguments =
    [
        ("x-match", "all"), ("x-match", "any"), ("x-match", "bogus"), ("x-match", 1), ("k", 1), ("k", "v"), ("k", null),
    ];

    private static readonly (string Name, object? Value)[] ConsumerArguments =
    [
        ("x-priority", 1), ("x-priority", -1L), ("x-priority", "a"), ("x-priority", true), ("anything", "goes"),
    ];

    private static readonly (string Text, BasicProperties Properties)[] Messages =
    [
        ("priority 3", new() { Priority = 3 }),
        ("priority 9", new() { Priority = 9 }),
        ("expiration 0", new() { Expiration = "0" }),
        ("expiration 600000", new() { Expiration = "600000" }),
        ("expiration abc", new() { Expiration = "abc" }),
        ("expiration -1", new() { Expiration = "-1" }),
        ("expiration 1.5", new() { Expiration = "1.5" }),
        ("expiration empty", new() { Expiration = "" }),
        ("user guest", new() { UserId = "guest" }),
        ("user other", new() { UserId = "other" }),
        ("persistent", new() { DeliveryMode = 2, ContentType = "text/plain" }),
        ("all kinds", new()
        {
            ContentEncoding = "e", CorrelationId = "c", ReplyTo = "r", MessageId = "i", Timestamp = new AmqpTimestamp(7), Type = "t", AppId = "a", ClusterId = "l",
        }),
        ("k 1", new() { Headers = new([new("k", 1)]) }),
        ("k v", new() { Headers = new([new("k", "v"), new("l", new object?[] { (byte)1, (sbyte)1, 2.5, 2.5f, 1.25m, null })]) }),
        ("CC a.b", new() { Headers = new([new("CC", new object?[] { "a.b", "a" })]) }),
        ("BCC a.b", new() { Headers = new([new("BCC", new object?[] { "a.b" })]) }),
        ("CC text", new() { Headers = new([new("CC", "a.b")]) }),
        ("reply here", new() { ReplyTo = "amq.rabbitmq.reply-to" }),
    ];

    private readonly Random _random = new(~seed);

    /// <summary>No arguments.</summary>
    public static (Func<string, FieldTable> Table, string Text) None { get; } = (_ => FieldTable.Empty, "");

    public (Func<string, FieldTable> Table, string Text) OfQueue() => Some(QueueArguments, 3);

    public (Func<string, FieldTable> Table, string Text) OfExchange() => Some(ExchangeArguments, 1);

    public (Func<string, FieldTable> Table, string Text) OfBinding() => _random.Next(3) > 0 ? None : Some(BindingArguments, 2);

    public (Func<string, FieldTable> Table, string Text) OfConsumer() => Some(ConsumerArguments, 1);

    public (BasicProperties Properties, string Text) OfMessage()
    {
        var (text, properties) = Messages[_random.Next(Messages.Length)];
        return (properties, text);
    }

    private (Func<string, FieldTable> Table, string Text) Some((string Name, object? Value)[] from, int most)
    {
        var fields = Enumerable.Range(0, _random.Next(1, most + 1)).Select(_ => from[_random.Next(from.Length)]).DistinctBy(field => field.Name).ToList();
        return (
            prefix => new FieldTable(fields.Select(field => new KeyValuePair<string, object?>(field.Name, Full(prefix, field.Name, field.Value)))),
            string.Join(", ", fields.Select(field => $"{field.Name}={Replies.Of(field.Value)}")));
    }

    // Names that arguments have are the script's own, too.
    private static object? Full(string prefix, string name, object? value) =>
        value is string { Length: > 0 } text
        && name is "alternate-exchange" or "x-dead-letter-exchange" or "x-dead-letter-routing-key"
            ? prefix + text
            : value;
}
