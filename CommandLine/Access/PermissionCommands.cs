using System.CommandLine;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Access;

/// <summary>What a user may do in the virtual host that <c>--vhost</c> names.</summary>
internal static class PermissionCommands
{
    private static readonly string[] Columns = ["vhost", "configure", "write", "read"];
    private static readonly string[] TopicColumns = ["vhost", "exchange", "write", "read"];

    public static IEnumerable<CommandSpec> All =>
    [
        new("permissions set", "Sets a user's permissions", Set, "set_permissions"),
        new("permissions clear", "Removes a user's permissions", Clear, "clear_permissions"),
        new("permissions of", "Lists a user's permissions in all virtual hosts", command => Of(command, "permissions", Columns), "list_user_permissions"),
        new("permissions set-topic", "Sets a user's permissions for routing keys of a topic exchange", SetTopic, "set_topic_permissions"),
        new("permissions clear-topic", "Removes a user's topic permissions", ClearTopic, "clear_topic_permissions"),
        new("permissions topics-of", "Lists a user's topic permissions", command => Of(command, "topic-permissions", TopicColumns), "list_user_topic_permissions"),
    ];

    private static Argument<string> User(Command command) => command.Argument<string>("user-name", "The user's name.");

    private static CommandBody Set(Command command)
    {
        var user = User(command);
        var configure = command.Argument<string>("configure", "A regular expression for names that it may declare and delete.");
        var write = command.Argument<string>("write", "One for names that it may publish and bind to.");
        var read = command.Argument<string>("read", "One for names that it may consume, get, purge and bind from.");
        return async (invocation, token) =>
        {
            await invocation.Api.PutAsync(ManagementApi.Path("permissions", invocation.VirtualHost, invocation.Get(user)!), new JsonObject
            {
                ["configure"] = invocation.Get(configure),
                ["write"] = invocation.Get(write),
                ["read"] = invocation.Get(read),
            }, token);
            invocation.Report.Done($"The permissions of '{invocation.Get(user)}' in '{invocation.VirtualHost}' are set.");
        };
    }

    private static CommandBody Clear(Command command)
    {
        var user = User(command);
        return async (invocation, token) =>
        {
            await invocation.Api.DeleteAsync(ManagementApi.Path("permissions", invocation.VirtualHost, invocation.Get(user)!), token);
            invocation.Report.Done($"'{invocation.Get(user)}' has no permissions in '{invocation.VirtualHost}'.");
        };
    }

    private static CommandBody SetTopic(Command command)
    {
        var user = User(command);
        var exchange = command.Argument<string>("exchange", "The topic exchange.");
        var write = command.Argument<string>("write", "A regular expression for routing keys that it may publish with.");
        var read = command.Argument<string>("read", "One for binding keys that it may bind with.");
        return async (invocation, token) =>
        {
            await invocation.Api.PutAsync(ManagementApi.Path("topic-permissions", invocation.VirtualHost, invocation.Get(user)!), new JsonObject
            {
                ["exchange"] = invocation.Get(exchange),
                ["write"] = invocation.Get(write),
                ["read"] = invocation.Get(read),
            }, token);
            invocation.Report.Done($"The topic permissions of '{invocation.Get(user)}' for '{invocation.Get(exchange)}' are set.");
        };
    }

    private static CommandBody ClearTopic(Command command)
    {
        var user = User(command);
        var exchange = command.OptionalArgument<string>("exchange", "Only those for this exchange.");
        return async (invocation, token) =>
        {
            IEnumerable<string> path = ["topic-permissions", invocation.VirtualHost, invocation.Get(user)!];
            await invocation.Api.DeleteAsync(ManagementApi.Path(invocation.Get(exchange) is { } one ? [.. path, one] : path), token);
            invocation.Report.Done($"The topic permissions of '{invocation.Get(user)}' are removed.");
        };
    }

    private static CommandBody Of(Command command, string kind, string[] columns)
    {
        var user = User(command);
        return async (invocation, token) =>
            invocation.Report.Rows(await invocation.Api.ListAsync(ManagementApi.Path("users", invocation.Get(user)!, kind), token), columns);
    }
}
