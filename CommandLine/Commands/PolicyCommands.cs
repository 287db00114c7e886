using System.CommandLine;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Policies, and those of operators, which limit them.</summary>
internal static class PolicyCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("policies set", "Sets a policy", command => Set(command, "policies"), "set_policy"),
        new("policies clear", "Removes a policy", command => Clear(command, "policies"), "clear_policy"),
        new("policies set-operator", "Sets an operator policy", command => Set(command, "operator-policies"), "set_operator_policy"),
        new("policies clear-operator", "Removes an operator policy", command => Clear(command, "operator-policies"), "clear_operator_policy"),
    ];

    private static CommandBody Set(Command command, string kind)
    {
        var name = command.Argument<string>("name", "The policy's name.");
        var pattern = command.Argument<string>("pattern", "A regular expression for the names of what it applies to.");
        var definition = command.Argument<string>("definition", "What it sets, as a JSON object.");
        var priority = command.OptionOr("--priority", 0, "Of several that match, the one with the highest priority applies.");
        var applyTo = command.OptionOr("--apply-to", kind == "policies" ? "all" : "queues", "queues, exchanges, all, or a type of queues.");
        applyTo.CompletionSources.Add("queues", "exchanges", "all", "classic_queues", "quorum_queues", "streams");
        return async (invocation, token) =>
        {
            await invocation.Api.PutAsync(ManagementApi.Path(kind, invocation.VirtualHost, invocation.Get(name)!), new JsonObject
            {
                ["pattern"] = invocation.Get(pattern),
                ["definition"] = NamedValues.ParseObject(invocation.Get(definition)!, "definition"),
                ["priority"] = invocation.Get(priority),
                ["apply-to"] = invocation.Get(applyTo),
            }, token);
            invocation.Report.Done($"Policy '{invocation.Get(name)}' is set in '{invocation.VirtualHost}'.");
        };
    }

    private static CommandBody Clear(Command command, string kind)
    {
        var name = command.Argument<string>("name", "The policy's name.");
        return async (invocation, token) =>
        {
            await invocation.Api.DeleteAsync(ManagementApi.Path(kind, invocation.VirtualHost, invocation.Get(name)!), token);
            invocation.Report.Done($"Policy '{invocation.Get(name)}' is removed from '{invocation.VirtualHost}'.");
        };
    }
}
