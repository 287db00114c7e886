using System.CommandLine;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using RabbitMQ.Client;

namespace OrleansBroker.CommandLine.Messages;

/// <summary>Shows messages: from a queue, taken or left there, or as they pass an exchange.</summary>
internal static class ReadingCommands
{
    private const int TailPrefetch = 200;

    // A terminal that does not keep up loses the oldest lines; the broker must not keep them for it.
    private const int TailLength = 10_000;

    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    public static IEnumerable<CommandSpec> All =>
    [
        new("get", "Shows messages of a queue and leaves them there, or takes them with --take", Get),
        new("peek", "Shows what a queue would deliver next, and changes nothing", Peek),
        new("consume", "Takes messages from a queue and shows them, until it is interrupted", Consume),
        new("tail", "Shows the messages that pass an exchange, and takes none from any queue, until it is interrupted", Tail),
    ];

    private static CommandBody Get(Command command)
    {
        var queue = command.Argument<string>("queue", "The queue.");
        var count = command.Count("--count", 1, 1, "The most messages to show.");
        var take = command.Option<bool>("--take", "Acknowledges them. Otherwise they return to their places, marked as redelivered.");
        return async (invocation, token) =>
        {
            var link = await invocation.ConnectAsync(token);
            await using var channel = await link.ChannelAsync(token);
            var got = new List<Delivery>();
            while (got.Count < invocation.Get(count) && await channel.BasicGetAsync(invocation.Get(queue)!, autoAck: false, token) is { } message)
            {
                got.Add(new Delivery(
                    message.DeliveryTag, message.Redelivered, message.Exchange, message.RoutingKey, message.BasicProperties, message.Body.ToArray()));
            }

            invocation.Report.Rows([.. got.Select(MessageJson.Of)], MessageJson.Columns);
            await invocation.Terminal.Out.FlushAsync(token);
            if (got.Count > 0 && invocation.Get(take))
            {
                await channel.BasicAckAsync(got[^1].Tag, multiple: true, token);
            }
            else if (got.Count > 0)
            {
                await channel.BasicNackAsync(got[^1].Tag, multiple: true, requeue: true, token);
            }

            await channel.CloseAsync(token);
        };
    }

    private static CommandBody Peek(Command command)
    {
        var queue = command.Argument<string>("queue", "The queue.");
        var count = command.Count("--count", 1, 1, "The most messages to show, 500 at most.");
        var truncate = command.Option<int?>("--truncate", "The most octets to show of each.");
        return async (invocation, token) =>
        {
            var asked = new JsonObject { ["count"] = invocation.Get(count), ["encoding"] = "auto" };
            if (invocation.Get(truncate) is { } octets)
            {
                asked["truncate"] = octets;
            }

            var shown = await invocation.Api.PostAsync(ManagementApi.Path("queues", invocation.VirtualHost, invocation.Get(queue)!, "peek"), asked, token);
            invocation.Report.Rows([.. shown!.AsArray()], MessageJson.Columns);
        };
    }

    private static CommandBody Consume(Command command)
    {
        var queue = command.Argument<string>("queue", "The queue.");
        var count = command.Count("--count", 0, 0, "Ends after as many messages. Default: 0, which is never.");
        var idle = command.Count("--idle", 0, 0, "Ends when no message has come for as many seconds. Default: 0, which is never.");
        var prefetch = command.Count("--prefetch", 100, 1, "The most messages that wait here.");
        return async (invocation, token) =>
        {
            var link = await invocation.ConnectAsync(token);
            await using var channel = await link.ChannelAsync(token);
            var limit = invocation.Get(count) == 0 ? int.MaxValue : invocation.Get(count);

            // No more than will be shown: what comes beyond would be marked as redelivered.
            var ahead = (ushort)Math.Min(Math.Min(invocation.Get(prefetch), limit), ushort.MaxValue);
            await ShowAsync(invocation, channel, invocation.Get(queue)!, $"queue '{invocation.Get(queue)}'", new Reading(limit, invocation.Get(idle), ahead), token);
        };
    }

    private static CommandBody Tail(Command command)
    {
        var exchange = command.Argument<string>("exchange", "The exchange.");
        var keys = command.OptionOr<string[]>("--key", ["#"], "A binding key; may be given several times. A direct exchange needs the keys.", "-k");
        var count = command.Count("--count", 0, 0, "Ends after as many messages. Default: 0, which is never.");
        var idle = command.Count("--idle", 0, 0, "Ends when no message has come for as many seconds. Default: 0, which is never.");
        return async (invocation, token) =>
        {
            var source = invocation.Get(exchange)!;
            if (source.Length == 0)
            {
                throw CommandFailure.Usage("Nothing can be bound to the default exchange; get shows what is in a queue.");
            }

            var link = await invocation.ConnectAsync(token);
            await using var channel = await link.ChannelAsync(token);
            var arguments = new Dictionary<string, object?> { ["x-max-length"] = TailLength };
            var queue = await channel.QueueDeclareAsync("", false, exclusive: true, autoDelete: true, arguments, cancellationToken: token);
            foreach (var key in invocation.Get(keys)!)
            {
                await channel.QueueBindAsync(queue.QueueName, source, key, cancellationToken: token);
            }

            var limit = invocation.Get(count) == 0 ? int.MaxValue : invocation.Get(count);
            await ShowAsync(invocation, channel, queue.QueueName, $"exchange '{source}'", new Reading(limit, invocation.Get(idle), TailPrefetch), token);
        };
    }

    private static async Task ShowAsync(Invocation invocation, IChannel channel, string queue, string title, Reading reading, CancellationToken token)
    {
        var reader = await DeliveryReader.StartAsync(channel, queue, reading.Prefetch, token);
        invocation.Report.Note($"Waiting for messages of {title}.");
        if (invocation.Report is { Json: false, Quiet: false })
        {
            invocation.Report.Line(string.Join('\t', MessageJson.Columns));
        }

        var unacked = 0UL;
        try
        {
            for (var left = reading.Count; left > 0 && await NextAsync(invocation, reader, reading, token) is { } delivery;)
            {
                // Taken only once it is written: what is on its way when this process dies comes again.
                await WriteAsync(invocation, delivery);
                unacked = delivery.Tag;
                left -= reading.Count == int.MaxValue ? 0 : 1;
                if (left >= reading.Prefetch)
                {
                    // Each ack lets one more come: not beyond those that will be shown.
                    await channel.BasicAckAsync(unacked, multiple: true, CancellationToken.None);
                    unacked = 0;
                }
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            invocation.Report.Note("Interrupted.");
        }

        await reader.StopAsync();
        if (unacked > 0)
        {
            await channel.BasicAckAsync(unacked, multiple: true, CancellationToken.None);
        }

        await channel.CloseAsync(CancellationToken.None);
    }

    private static async Task<Delivery?> NextAsync(Invocation invocation, DeliveryReader reader, Reading reading, CancellationToken token)
    {
        var patience = reading.IdleSeconds == 0 ? Forever : TimeSpan.FromSeconds(reading.IdleSeconds);
        var delivery = await reader.ReadAsync(patience, invocation.Terminal.Time, token);
        while (delivery is null && reading.IdleSeconds == 0)
        {
            delivery = await reader.ReadAsync(patience, invocation.Terminal.Time, token);
        }

        return delivery;
    }

    private static async Task WriteAsync(Invocation invocation, Delivery delivery)
    {
        if (invocation.Report.Json)
        {
            invocation.Report.WriteJsonLine(MessageJson.Of(delivery));
        }
        else
        {
            invocation.Report.Line(MessageJson.Line(delivery));
        }

        await invocation.Terminal.Out.FlushAsync(CancellationToken.None);
    }

    /// <param name="Count">The most messages.</param>
    /// <param name="IdleSeconds">Seconds without a message after which it ends; 0 for never.</param>
    /// <param name="Prefetch">The most that wait.</param>
    private sealed record Reading(int Count, int IdleSeconds, ushort Prefetch);
}
