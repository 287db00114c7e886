using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Output;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Messages;

/// <summary>Publishes. It ends when every message is confirmed.</summary>
internal static class MessageCommands
{
    private const int Window = 256;

    public static IEnumerable<CommandSpec> All =>
    [
        new("publish", "Publishes a message, confirmed and persistent; fails when no queue takes it", command =>
        {
            var parts = new PublishParts(command);
            return (invocation, token) => PublishAsync(invocation, parts, token);
        }),
    ];

    private static async Task PublishAsync(Invocation invocation, PublishParts parts, CancellationToken token)
    {
        var properties = parts.Properties(invocation);
        var bodies = await parts.BodiesAsync(invocation, token);
        var link = await invocation.ConnectAsync(token);
        await using var publisher = await link.PublisherAsync(token);
        var (exchange, key, mandatory) = parts.Address(invocation);
        var published = await ProgressBar.RunAsync(invocation, "Publishing", bodies.Count, async progress =>
        {
            var pending = new Queue<Task<PublishOutcome>>();
            var confirmed = 0L;
            foreach (var body in bodies)
            {
                token.ThrowIfCancellationRequested();
                if (pending.Count == Window)
                {
                    Expect(await pending.Dequeue(), exchange, key, confirmed);
                    progress.Report(++confirmed);
                }

                pending.Enqueue(await publisher.PublishAsync(exchange, key, mandatory, properties, body));
            }

            foreach (var last in pending)
            {
                Expect(await last, exchange, key, confirmed);
                progress.Report(++confirmed);
            }

            return confirmed;
        });
        await publisher.CloseAsync();
        if (invocation.Report.Json)
        {
            invocation.Report.WriteJson(new JsonObject { ["published"] = published });
        }

        invocation.Report.Done(published == 1 ? "The message is confirmed." : $"{published} messages are confirmed.");
    }

    private static void Expect(PublishOutcome outcome, string exchange, string key, long confirmed)
    {
        if (outcome == PublishOutcome.Confirmed)
        {
            return;
        }

        var failure = outcome == PublishOutcome.Returned
            ? $"No queue took the message from exchange '{exchange}' with key '{key}'."
            : "The broker refused the message (basic.nack).";
        throw new CommandFailure(confirmed == 0 ? failure : $"{failure} {confirmed} before it are confirmed.");
    }

    private sealed class PublishParts(Command command)
    {
        private readonly Argument<string> _key = command.Argument<string>("key", "The routing key; without --exchange the queue's name.");
        private readonly Argument<string?> _body = command.OptionalArgument<string>("body", "The body. Default: standard input, to its end.");
        private readonly Option<string> _exchange = command.OptionOr("--exchange", "", "The exchange. Default: the default exchange.", "-e");
        private readonly Option<string?> _file = command.Option<string?>("--file", "A file whose content is the body.");
        private readonly Option<bool> _lines = command.Option<bool>("--lines", "Each line of the input is a message.");
        private readonly Option<int> _count = command.Count("--count", 1, 1, "Publishes as many copies.");
        private readonly Option<bool> _unroutable = command.Option<bool>("--allow-unroutable", "A message that no queue takes is no failure.");
        private readonly Option<bool> _transient = command.Option<bool>("--transient", "It may be lost with a restart.");
        private readonly Option<string[]> _headers = command.Option<string[]>("--header", "A header, as name=value; may be given several times.", "-H");
        private readonly Option<byte?> _priority = command.Option<byte?>("--priority", "Its priority.");

        private readonly (Option<string?> Option, Action<BasicProperties, string> Set)[] _texts =
        [
            (command.Option<string?>("--content-type", "The type of its content."), (properties, value) => properties.ContentType = value),
            (command.Option<string?>("--content-encoding", "The encoding of its content."), (properties, value) => properties.ContentEncoding = value),
            (command.Option<string?>("--correlation-id", "Its correlation id."), (properties, value) => properties.CorrelationId = value),
            (command.Option<string?>("--reply-to", "Where an answer goes."), (properties, value) => properties.ReplyTo = value),
            (command.Option<string?>("--expiration", "Milliseconds after which it expires."), (properties, value) => properties.Expiration = value),
            (command.Option<string?>("--message-id", "Its id."), (properties, value) => properties.MessageId = value),
            (command.Option<string?>("--message-type", "Its type."), (properties, value) => properties.Type = value),
            (command.Option<string?>("--app-id", "The application."), (properties, value) => properties.AppId = value),
        ];

        public (string Exchange, string Key, bool Mandatory) Address(Invocation invocation) =>
            (invocation.Get(_exchange)!, invocation.Get(_key)!, !invocation.Get(_unroutable));

        public BasicProperties Properties(Invocation invocation)
        {
            var properties = new BasicProperties
            {
                DeliveryMode = invocation.Get(_transient) ? DeliveryModes.Transient : DeliveryModes.Persistent,
            };
            foreach (var (option, set) in _texts)
            {
                if (invocation.Get(option) is { } value)
                {
                    set(properties, value);
                }
            }

            if (invocation.Get(_priority) is { } priority)
            {
                properties.Priority = priority;
            }

            var headers = AmqpValues.Table(NamedValues.Parse(invocation.Get(_headers)));
            if (headers.Count > 0)
            {
                properties.Headers = headers;
            }

            return properties;
        }

        public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> BodiesAsync(Invocation invocation, CancellationToken token)
        {
            if (invocation.Get(_body) is not null && invocation.Get(_file) is not null)
            {
                throw CommandFailure.Usage("The body is on the command line and in a file; it can come from one of them.");
            }

            var content = invocation.Get(_body) is { } text ? Encoding.UTF8.GetBytes(text)
                : invocation.Get(_file) is { } file ? await File.ReadAllBytesAsync(file, token)
                : await InputAsync(invocation, token);
            ReadOnlyMemory<byte>[] bodies = invocation.Get(_lines) ? Lines(content) : [content];
            return [.. Enumerable.Repeat(bodies, invocation.Get(_count)).SelectMany(copy => copy)];
        }

        private static async Task<byte[]> InputAsync(Invocation invocation, CancellationToken token)
        {
            await using var input = invocation.Terminal.OpenInput();
            using var content = new MemoryStream();
            await input.CopyToAsync(content, token);
            return content.ToArray();
        }

        private static ReadOnlyMemory<byte>[] Lines(byte[] content)
        {
            var lines = new List<ReadOnlyMemory<byte>>();
            for (ReadOnlyMemory<byte> rest = content; rest.Length > 0;)
            {
                var end = rest.Span.IndexOf((byte)'\n');
                var line = end < 0 ? rest : rest[..end];
                lines.Add(line.Span.EndsWith("\r"u8) ? line[..^1] : line);
                rest = end < 0 ? default : rest[(end + 1)..];
            }

            return [.. lines];
        }
    }
}
