using System.CommandLine;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Transfers;

/// <summary>Moves messages from queue to queue, and sends dead letters back to where they came from.</summary>
internal static class TransferCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("move", "Moves messages to another queue or exchange; a crash may leave some in both, never in neither", Move),
        new("redrive", "Sends dead letters back to the exchange and key, or the queue, that they came from", Redrive, "re-drive"),
    ];

    private static CommandBody Move(Command command)
    {
        var source = command.Argument<string>("source", "The queue that they are in.");
        var destination = command.OptionalArgument<string>("destination", "The queue that they go to.");
        var exchange = command.Option<string?>("--exchange", "The exchange that they go to instead.", "-e");
        var key = command.Option<string?>("--key", "The routing key for it. Default: the one that each message has.", "-k");
        var limit = Limit(command);
        return async (invocation, token) =>
        {
            var queue = invocation.Get(source)!;
            var (toQueue, toExchange) = (invocation.Get(destination), invocation.Get(exchange));
            if (toQueue is null == toExchange is null)
            {
                throw CommandFailure.Usage("Messages move to a queue or to an exchange: name one of them.");
            }

            if (toQueue == queue)
            {
                throw CommandFailure.Usage("Source and destination are the same queue.");
            }

            var user = invocation.Target.User;
            Plan PlanFor(Delivery delivery) => new Plan.Send(
                toExchange ?? "", toQueue ?? invocation.Get(key) ?? delivery.RoutingKey, MessageCopies.Properties(delivery.Properties, user));
            var options = new TransferOptions { Source = queue, Limit = Bound(invocation, limit) };
            var result = await RunAsync(invocation, "Moving", options, PlanFor, token);
            Report(invocation, result, options);
            if (result.Left.Count > 0)
            {
                throw new CommandFailure($"Stopped, because a message could not be moved: {result.Left.Keys.First()}.");
            }
        };
    }

    private static CommandBody Redrive(Command command)
    {
        var parts = new RedriveParts(command);
        var limit = Limit(command);
        var dryRun = command.Option<bool>("--dry-run", "Only says what would go where. The messages are marked as redelivered.");
        var mostLeft = command.Count("--max-left", 10_000, 0, "Stops when more than so many would stay: they are held until the end.");
        return async (invocation, token) =>
        {
            var rules = parts.Of(invocation);
            var options = new TransferOptions
            {
                Source = rules.Source,
                Limit = Bound(invocation, limit),
                MostLeft = invocation.Get(mostLeft),
                DryRun = invocation.Get(dryRun),
            };
            var result = await RunAsync(invocation, "Sending back", options, rules.PlanFor, token);
            Report(invocation, result, options);
            if (result.Stopped)
            {
                throw new CommandFailure($"Stopped, because more than {options.MostLeft} messages stayed (--max-left).");
            }
        };
    }

    private static Option<int> Limit(Command command) =>
        command.Count("--limit", 0, 0, "The most messages. Default: 0, for as many as the queue has at the start.");

    private static int Bound(Invocation invocation, Option<int> limit) => invocation.Get(limit) is var bound && bound > 0 ? bound : int.MaxValue;

    private static async Task<TransferResult> RunAsync(
        Invocation invocation, string title, TransferOptions options, Func<Delivery, Plan> plan, CancellationToken token)
    {
        var link = await invocation.ConnectAsync(token);
        var transfer = new Transfer(link, options, plan, invocation.Terminal.Time);
        try
        {
            return await ProgressBar.RunAsync(invocation, title, 100, async progress =>
            {
                await transfer.RunAsync(total => new Share(progress, total), token);
                return transfer.Result;
            });
        }
        catch (Exception exception) when (ExpectedFailures.Describe(exception, invocation.Target) is { } message && exception is not CommandFailure)
        {
            throw new CommandFailure(transfer.HasPublished
                ? $"{transfer.Result.Sent} messages were sent, then: {message}. Messages whose confirm was on its way may be in both places."
                : message);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            throw new CommandFailure($"Interrupted after {transfer.Result.Sent} messages.");
        }
    }

    private static void Report(Invocation invocation, TransferResult result, TransferOptions options)
    {
        if (invocation.Report.Json)
        {
            invocation.Report.WriteJson(result.ToJson(options.DryRun));
        }
        else if (result.Destinations.Count > 0)
        {
            invocation.Report.Rows([.. result.ToJson(options.DryRun)["destinations"]!.AsArray()], ["exchange", "routing_key", "messages"]);
        }

        invocation.Report.Done(options.DryRun ? $"{result.Sent} messages would be sent." : $"{result.Sent} messages were sent.");
        foreach (var (reason, count) in result.Left)
        {
            invocation.Report.Note($"{count} stayed: {reason}.");
        }

        if (result.GaveNone)
        {
            invocation.Report.Note("The queue has messages that it did not give: others consume from it, or it delivers to one consumer only.");
        }
    }

    // The total is known only when the queue has said it.
    private sealed class Share(IProgress<long> percent, int total) : IProgress<long>
    {
        public void Report(long value) => percent.Report(value * 100 / Math.Max(1, total));
    }
}
