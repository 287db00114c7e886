using System.CommandLine;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Bindings from exchanges to queues and exchanges, and connections that are closed.</summary>
internal static class BindingCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("bind", "Binds a queue, or with --to-exchange an exchange, to an exchange", command =>
        {
            var binding = new BindingParts(command);
            return async (invocation, token) =>
            {
                var (path, key, arguments) = binding.Of(invocation);
                await invocation.Api.PostAsync(path, new JsonObject { ["routing_key"] = key, ["arguments"] = arguments }, token);
                invocation.Report.Done($"{binding.Text(invocation)} is bound.");
            };
        }, "bind_queue"),
        new("unbind", "Removes a binding", command =>
        {
            var binding = new BindingParts(command);
            return (invocation, token) => UnbindAsync(invocation, binding, token);
        }, "unbind_queue"),
        new("connections close", "Closes a connection", command =>
        {
            var name = command.Argument<string>("name", "The connection's name, as list connections shows it.");
            var reason = command.OptionalArgument<string>("reason", "What its client is told.");
            return async (invocation, token) =>
            {
                await CloseAsync(invocation, invocation.Get(name)!, invocation.Get(reason), token);
                invocation.Report.Done($"Connection '{invocation.Get(name)}' is closed.");
            };
        }, "close_connection"),
        new("connections close-all", "Closes all connections, or those of a virtual host or a user", command =>
        {
            var reason = command.OptionalArgument<string>("reason", "What their clients are told.");
            var of = command.Option<string?>("--of", "Only those of this user.");
            return (invocation, token) => CloseAllAsync(invocation, invocation.Get(of), invocation.Get(reason), token);
        }, "close_all_connections"),
    ];

    private static async Task UnbindAsync(Invocation invocation, BindingParts binding, CancellationToken token)
    {
        // The API names a binding by a digest of its arguments, which the list of bindings shows.
        var (path, key, arguments) = binding.Of(invocation);
        var found = (await invocation.Api.ListAsync(path, token)).FirstOrDefault(item =>
            item?["routing_key"]?.ToString() == key && JsonNode.DeepEquals(item["arguments"] as JsonObject ?? [], arguments))
            ?? throw new CommandFailure($"There is no binding {binding.Text(invocation)} with key '{key}' and arguments {arguments.ToJsonString()}.");
        await invocation.Api.DeleteAsync($"{path}/{ManagementApi.Path(found["properties_key"]!.ToString())}", token);
        invocation.Report.Done($"{binding.Text(invocation)} is unbound.");
    }

    private static Task CloseAsync(Invocation invocation, string name, string? reason, CancellationToken token) =>
        invocation.Api.DeleteAsync(ManagementApi.Path("connections", name), token, reason ?? "Closed from the command line");

    private static async Task CloseAllAsync(Invocation invocation, string? user, string? reason, CancellationToken token)
    {
        var closed = 0;
        var named = invocation.NamedVirtualHost;
        foreach (var connection in await invocation.Api.ListAsync("connections", token))
        {
            if ((named is null || connection?["vhost"]?.ToString() == named) && (user is null || connection?["user"]?.ToString() == user))
            {
                await CloseAsync(invocation, connection!["name"]!.ToString(), reason, token);
                closed++;
            }
        }

        invocation.Report.Done($"{closed} connections are closed.");
    }

    private sealed class BindingParts(Command command)
    {
        private readonly Argument<string> _source = command.Argument<string>("exchange", "The exchange that messages come from.");
        private readonly Argument<string> _destination = command.Argument<string>("destination", "The queue that they go to.");
        private readonly Option<string> _key = command.OptionOr("--key", "", "The binding key.", "-k");
        private readonly Option<bool> _toExchange = command.Option<bool>("--to-exchange", "The destination is an exchange.");
        private readonly Option<string[]> _arguments =
            command.Option<string[]>("--argument", "An argument, as name=value; may be given several times.", "-a");

        public (string Path, string Key, JsonObject Arguments) Of(Invocation invocation) =>
        (
            ManagementApi.Path(
                "bindings",
                invocation.VirtualHost,
                "e",
                invocation.Get(_source)!,
                invocation.Get(_toExchange) ? "e" : "q",
                invocation.Get(_destination)!),
            invocation.Get(_key)!,
            NamedValues.Parse(invocation.Get(_arguments)));

        public string Text(Invocation invocation) => $"'{invocation.Get(_destination)}' to '{invocation.Get(_source)}'";
    }
}
