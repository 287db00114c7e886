using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Commands;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Access;

/// <summary>Users. A password that is not on the command line is read from standard input, where nobody else sees it.</summary>
internal static class UserCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("users add", "Adds a user", Add, "add_user"),
        new("users delete", "Deletes a user", Delete, "delete_user"),
        new("users password", "Changes a user's password", ChangePassword, "change_password"),
        new("users clear-password", "Removes a user's password, so that no password lets it in", ClearPassword, "clear_password"),
        new("users tags", "Sets a user's tags; none removes all", SetTags, "set_user_tags"),
        new("users authenticate", "Says whether a name and a password are right", Authenticate, "authenticate_user"),
        new("users limit", "Sets a user's limits", command =>
        {
            var (name, limits) = (Name(command), command.Argument<string>("limits", "A JSON object with max-connections, max-channels or both."));
            return (invocation, token) =>
                VirtualHostCommands.SetLimitsAsync(invocation, "user-limits", invocation.Get(name)!, invocation.Get(limits)!, token);
        }, "set_user_limits"),
        new("users unlimit", "Removes a user's limits", command =>
        {
            var (name, limits) = (Name(command), command.Words("limits", "Limits to remove. Default: all of them."));
            return (invocation, token) =>
                VirtualHostCommands.ClearLimitsAsync(invocation, "user-limits", invocation.Get(name)!, invocation.Get(limits) ?? [], token);
        }, "clear_user_limits"),
        new("hash-password", "Makes the hash of a password, for definitions; the broker is not asked", command =>
        {
            var password = NewPassword(command);
            return async (invocation, token) => invocation.Report.Line(PasswordHash.Make(await PasswordAsync(invocation, password, token)));
        }, "hash_password"),
    ];

    private static Argument<string> Name(Command command) => command.Argument<string>("user-name", "The user's name.");

    private static Argument<string?> NewPassword(Command command) =>
        command.OptionalArgument<string>("new-password", "The password. Left out, or as -, it is read from standard input.");

    private static CommandBody Add(Command command)
    {
        var (name, password) = (Name(command), NewPassword(command));
        var tags = command.OptionOr("--tags", "", "Tags, with commas between them, such as administrator, monitoring or management.");
        return async (invocation, token) =>
        {
            // PUT would change a user that is there, and take its tags away.
            if ((await invocation.Api.ListAsync("users", token)).Any(user => user?["name"]?.ToString() == invocation.Get(name)))
            {
                throw new CommandFailure($"User '{invocation.Get(name)}' is there already; users password changes its password.");
            }

            await PutAsync(invocation, invocation.Get(name)!, new JsonObject
            {
                ["password"] = await PasswordAsync(invocation, password, token),
                ["tags"] = invocation.Get(tags),
            }, token);
            invocation.Report.Done($"User '{invocation.Get(name)}' is there. It has no permissions yet.");
        };
    }

    private static CommandBody Delete(Command command)
    {
        var name = Name(command);
        return async (invocation, token) =>
        {
            await invocation.Api.DeleteAsync(ManagementApi.Path("users", invocation.Get(name)!), token);
            invocation.Report.Done($"User '{invocation.Get(name)}' is deleted.");
        };
    }

    private static CommandBody ChangePassword(Command command)
    {
        var (name, password) = (Name(command), NewPassword(command));
        return async (invocation, token) =>
        {
            var user = await ReadAsync(invocation, invocation.Get(name)!, token);
            var changed = new JsonObject { ["password"] = await PasswordAsync(invocation, password, token), ["tags"] = user["tags"]?.DeepClone() };
            await PutAsync(invocation, invocation.Get(name)!, changed, token);
            invocation.Report.Done($"The password of '{invocation.Get(name)}' is changed.");
        };
    }

    private static CommandBody ClearPassword(Command command)
    {
        var name = Name(command);
        return async (invocation, token) =>
        {
            var user = await ReadAsync(invocation, invocation.Get(name)!, token);
            await PutAsync(invocation, invocation.Get(name)!, new JsonObject { ["password_hash"] = "", ["tags"] = user["tags"]?.DeepClone() }, token);
            invocation.Report.Done($"'{invocation.Get(name)}' has no password.");
        };
    }

    private static CommandBody SetTags(Command command)
    {
        var (name, tags) = (Name(command), command.Words("tags", "The tags."));
        return async (invocation, token) =>
        {
            var user = await ReadAsync(invocation, invocation.Get(name)!, token);
            var changed = new JsonObject { ["tags"] = string.Join(',', invocation.Get(tags) ?? []) };
            foreach (var kept in (ReadOnlySpan<string>)["password_hash", "hashing_algorithm"])
            {
                changed[kept] = user[kept]?.DeepClone();
            }

            await PutAsync(invocation, invocation.Get(name)!, changed, token);
            invocation.Report.Done($"The tags of '{invocation.Get(name)}' are set.");
        };
    }

    private static CommandBody Authenticate(Command command)
    {
        var (name, password) = (Name(command), NewPassword(command));
        return async (invocation, token) =>
        {
            var asked = invocation.Target with { User = invocation.Get(name)!, Password = await PasswordAsync(invocation, password, token) };
            await using var link = new Amqp.AmqpLink(asked);
            try
            {
                await link.OpenAsync(token);
            }
            catch (Exception exception) when (ExpectedFailures.Describe(exception, asked) is { } message)
            {
                throw new CommandFailure(message);
            }

            invocation.Report.Done($"'{asked.User}' may log in.");
        };
    }

    private static async Task<JsonObject> ReadAsync(Invocation invocation, string name, CancellationToken token) =>
        (JsonObject)(await invocation.Api.GetAsync(ManagementApi.Path("users", name), token))!;

    private static Task PutAsync(Invocation invocation, string name, JsonObject user, CancellationToken token) =>
        invocation.Api.PutAsync(ManagementApi.Path("users", name), user, token);

    private static async Task<string> PasswordAsync(Invocation invocation, Argument<string?> argument, CancellationToken token)
    {
        var password = invocation.Get(argument) is { } given && given != "-" ? given : (await invocation.Terminal.ReadInputAsync(token)).TrimEnd('\r', '\n');
        return Encoding.UTF8.GetByteCount(password) > 0 ? password : throw CommandFailure.Usage("The password is empty.");
    }
}
