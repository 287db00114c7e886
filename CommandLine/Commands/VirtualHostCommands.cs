using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Virtual hosts, their limits, and the trace of their messages.</summary>
internal static class VirtualHostCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        new("vhosts add", "Adds a virtual host", Add, "add_vhost"),
        new("vhosts delete", "Deletes a virtual host with all that is in it", Delete, "delete_vhost"),
        new("vhosts limit", "Sets limits of the virtual host that --vhost names", command =>
        {
            var limits = command.Argument<string>("limits", "A JSON object with max-connections, max-queues or both.");
            return (invocation, token) => SetLimitsAsync(invocation, "vhost-limits", invocation.VirtualHost, invocation.Get(limits)!, token);
        }, "set_vhost_limits"),
        new("vhosts unlimit", "Removes limits of the virtual host that --vhost names", command =>
        {
            var names = command.Words("limits", "Limits to remove. Default: all of them.");
            return (invocation, token) => ClearLimitsAsync(invocation, "vhost-limits", invocation.VirtualHost, invocation.Get(names) ?? [], token);
        }, "clear_vhost_limits"),
        Trace("on", true),
        Trace("off", false),
    ];

    /// <summary>Sets the limits that a JSON object names.</summary>
    public static async Task SetLimitsAsync(Invocation invocation, string kind, string owner, string limits, CancellationToken token)
    {
        foreach (var (name, value) in NamedValues.ParseObject(limits, "limits"))
        {
            await invocation.Api.PutAsync(ManagementApi.Path(kind, owner, name), new JsonObject { ["value"] = value?.DeepClone() }, token);
        }

        invocation.Report.Done($"The limits of '{owner}' are set.");
    }

    /// <summary>Removes the limits that are named, or all there are.</summary>
    public static async Task ClearLimitsAsync(Invocation invocation, string kind, string owner, string[] names, CancellationToken token)
    {
        if (names is [] or ["all"])
        {
            var set = await invocation.Api.ListAsync(ManagementApi.Path(kind, owner), token);
            names = [.. set.SelectMany(item => item?["value"] as JsonObject ?? []).Select(limit => limit.Key)];
        }

        foreach (var name in names)
        {
            await invocation.Api.DeleteAsync(ManagementApi.Path(kind, owner, name), token);
        }

        invocation.Report.Done(string.Create(CultureInfo.InvariantCulture, $"{names.Length} limits of '{owner}' are removed."));
    }

    private static CommandBody Add(Command command)
    {
        var name = command.Argument<string>("name", "The virtual host's name.");
        var description = command.Option<string?>("--description", "What it is for.");
        var tags = command.Option<string?>("--tags", "Its tags, with commas between them.");
        var type = command.Option<string?>("--default-queue-type", "The type of queues that are declared without one.");
        return async (invocation, token) =>
        {
            if ((await invocation.Api.ListAsync("vhosts", token)).Any(item => item?["name"]?.ToString() == invocation.Get(name)))
            {
                throw new CommandFailure($"Virtual host '{invocation.Get(name)}' is there already.");
            }

            var body = new JsonObject();
            foreach (var (property, value) in (ReadOnlySpan<(string, string?)>)
                [("description", invocation.Get(description)), ("tags", invocation.Get(tags)), ("default_queue_type", invocation.Get(type))])
            {
                if (value is not null)
                {
                    body[property] = value;
                }
            }

            await invocation.Api.PutAsync(ManagementApi.Path("vhosts", invocation.Get(name)!), body, token);
            invocation.Report.Done($"Virtual host '{invocation.Get(name)}' is there. Users need permissions for it.");
        };
    }

    private static CommandBody Delete(Command command)
    {
        var name = command.Argument<string>("name", "The virtual host's name.");
        return async (invocation, token) =>
        {
            await invocation.Api.DeleteAsync(ManagementApi.Path("vhosts", invocation.Get(name)!), token);
            invocation.Report.Done($"Virtual host '{invocation.Get(name)}' is deleted.");
        };
    }

    // A PUT without them takes them away.
    private static JsonObject Kept(JsonObject virtualHost)
    {
        var kept = new JsonObject();
        foreach (var property in (ReadOnlySpan<string>)["description", "tags", "default_queue_type"])
        {
            if (Cells.Text(virtualHost[property]) is { Length: > 0 } and not "undefined")
            {
                kept[property] = property == "tags" && virtualHost[property] is JsonArray tags ? string.Join(',', tags) : virtualHost[property]!.DeepClone();
            }
        }

        return kept;
    }

    private static CommandSpec Trace(string word, bool tracing) => new(
        "trace " + word,
        $"Turns the trace of the virtual host that --vhost names {word}",
        _ => async (invocation, token) =>
        {
            var path = ManagementApi.Path("vhosts", invocation.VirtualHost);
            var body = Kept((JsonObject)(await invocation.Api.GetAsync(path, token))!);
            body["tracing"] = tracing;
            await invocation.Api.PutAsync(path, body, token);
            invocation.Report.Done($"The trace of '{invocation.VirtualHost}' is {word}.");
        },
        "trace_" + word);
}
