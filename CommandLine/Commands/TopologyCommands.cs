using System.CommandLine;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Queues and exchanges: declared, emptied, deleted.</summary>
internal static class TopologyCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("declare queue", "Declares a queue, durable unless --transient", DeclareQueue, "declare_queue"),
        new("declare exchange", "Declares an exchange, durable unless --transient", DeclareExchange, "declare_exchange"),
        new("delete queue", "Deletes a queue with its messages", DeleteQueue, "delete_queue"),
        new("delete exchange", "Deletes an exchange with its bindings", DeleteExchange, "delete_exchange"),
        new("purge", "Removes the ready messages of a queue", Purge, "purge_queue"),
    ];

    private static CommandBody DeclareQueue(Command command)
    {
        var name = command.Argument<string>("queue", "The queue's name.");
        var transient = command.Option<bool>("--transient", "It is gone after a restart.");
        var autoDelete = command.Option<bool>("--auto-delete", "It goes when its last consumer has gone.");
        var (argument, arguments) = ArgumentOptions(command);
        var ttl = command.Option<long?>("--ttl", "Milliseconds after which its messages expire (x-message-ttl).");
        var maxLength = command.Option<long?>("--max-length", "The most messages it keeps (x-max-length).");
        var exchange = command.Option<string?>("--dead-letter-exchange", "Where its dead letters go (x-dead-letter-exchange).");
        var key = command.Option<string?>("--dead-letter-key", "Their routing key (x-dead-letter-routing-key).");
        var type = command.Option<string?>("--type", "Its type: classic or quorum (x-queue-type).");
        return async (invocation, token) =>
        {
            var all = Arguments(invocation, argument, arguments);
            Set(all, "x-message-ttl", invocation.Get(ttl));
            Set(all, "x-max-length", invocation.Get(maxLength));
            Set(all, "x-dead-letter-exchange", invocation.Get(exchange));
            Set(all, "x-dead-letter-routing-key", invocation.Get(key));
            Set(all, "x-queue-type", invocation.Get(type));
            var queue = invocation.Get(name)!;
            await invocation.Api.PutAsync(ManagementApi.Path("queues", invocation.VirtualHost, queue), new JsonObject
            {
                ["durable"] = !invocation.Get(transient),
                ["auto_delete"] = invocation.Get(autoDelete),
                ["arguments"] = all,
            }, token);
            invocation.Report.Done($"Queue '{queue}' is declared in '{invocation.VirtualHost}'.");
        };
    }

    private static CommandBody DeclareExchange(Command command)
    {
        var name = command.Argument<string>("exchange", "The exchange's name.");
        var type = command.OptionOr("--type", "direct", "Its type, such as direct, fanout, topic or headers.", "-t");
        type.CompletionSources.Add("direct", "fanout", "topic", "headers", "x-consistent-hash", "x-delayed-message");
        var transient = command.Option<bool>("--transient", "It is gone after a restart.");
        var autoDelete = command.Option<bool>("--auto-delete", "It goes when its last binding has gone.");
        var isInternal = command.Option<bool>("--internal", "Only other exchanges publish to it.");
        var (argument, arguments) = ArgumentOptions(command);
        var alternate = command.Option<string?>("--alternate-exchange", "Where messages go that no binding matches (alternate-exchange).");
        return async (invocation, token) =>
        {
            var all = Arguments(invocation, argument, arguments);
            Set(all, "alternate-exchange", invocation.Get(alternate));
            var exchange = invocation.Get(name)!;
            await invocation.Api.PutAsync(ManagementApi.Path("exchanges", invocation.VirtualHost, exchange), new JsonObject
            {
                ["type"] = invocation.Get(type),
                ["durable"] = !invocation.Get(transient),
                ["auto_delete"] = invocation.Get(autoDelete),
                ["internal"] = invocation.Get(isInternal),
                ["arguments"] = all,
            }, token);
            invocation.Report.Done($"Exchange '{exchange}' is declared in '{invocation.VirtualHost}'.");
        };
    }

    private static CommandBody DeleteQueue(Command command)
    {
        var name = command.Argument<string>("queue", "The queue's name.");
        var ifEmpty = command.Option<bool>("--if-empty", "Only when it has no messages.", "-e");
        var ifUnused = command.Option<bool>("--if-unused", "Only when it has no consumers.");
        return async (invocation, token) =>
        {
            var queue = invocation.Get(name)!;
            var query = Query((invocation.Get(ifEmpty), "if-empty"), (invocation.Get(ifUnused), "if-unused"));
            await invocation.Api.DeleteAsync(ManagementApi.Path("queues", invocation.VirtualHost, queue) + query, token);
            invocation.Report.Done($"Queue '{queue}' is deleted.");
        };
    }

    private static CommandBody DeleteExchange(Command command)
    {
        var name = command.Argument<string>("exchange", "The exchange's name.");
        var ifUnused = command.Option<bool>("--if-unused", "Only when it has no bindings.");
        return async (invocation, token) =>
        {
            var exchange = invocation.Get(name)!;
            var query = Query((invocation.Get(ifUnused), "if-unused"));
            await invocation.Api.DeleteAsync(ManagementApi.Path("exchanges", invocation.VirtualHost, exchange) + query, token);
            invocation.Report.Done($"Exchange '{exchange}' is deleted.");
        };
    }

    private static CommandBody Purge(Command command)
    {
        var name = command.Argument<string>("queue", "The queue's name.");
        return async (invocation, token) =>
        {
            var queue = invocation.Get(name)!;
            await invocation.Api.DeleteAsync(ManagementApi.Path("queues", invocation.VirtualHost, queue, "contents"), token);
            invocation.Report.Done($"Queue '{queue}' is purged.");
        };
    }

    private static (Option<string[]> Pairs, Option<string?> Whole) ArgumentOptions(Command command) =>
    (
        command.Option<string[]>("--argument", "An argument, as name=value; may be given several times.", "-a"),
        command.Option<string?>("--arguments", "Arguments as a JSON object."));

    private static JsonObject Arguments(Invocation invocation, Option<string[]> pairs, Option<string?> whole)
    {
        var all = invocation.Get(whole) is { } text ? NamedValues.ParseObject(text, "arguments") : [];
        foreach (var (name, value) in NamedValues.Parse(invocation.Get(pairs)))
        {
            all[name] = value?.DeepClone();
        }

        return all;
    }

    private static void Set<T>(JsonObject arguments, string name, T? value)
    {
        if (value is not null)
        {
            arguments[name] = JsonValue.Create(value);
        }
    }

    private static string Query(params ReadOnlySpan<(bool Asked, string Name)> conditions)
    {
        var query = "";
        foreach (var (asked, name) in conditions)
        {
            query += asked ? $"{(query.Length == 0 ? '?' : '&')}{name}=true" : "";
        }

        return query;
    }
}
