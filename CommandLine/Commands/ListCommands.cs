using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Lists. The columns are the API's names; those that rabbitmqctl calls otherwise are known by both.</summary>
internal static class ListCommands
{
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, string> OtherNames = new()
    {
        ["list_bindings source_name"] = "source",
        ["list_bindings destination_name"] = "destination",
        ["list_bindings destination_kind"] = "destination_type",
        ["list_users user"] = "name",
        ["list_consumers queue_name"] = "queue.name",
        ["list_queues pid"] = "node",
    };

    private static readonly Listing[] Listings =
    [
        new("queues", "queues/{vhost}", "queues", ["name", "messages", "messages_ready", "messages_unacknowledged", "consumers", "state", "policy"]),
        new("exchanges", "exchanges/{vhost}", "exchanges", ["name", "type", "durable", "auto_delete", "internal", "arguments"]),
        new("bindings", "bindings/{vhost}", "bindings", ["source", "destination", "destination_type", "routing_key", "arguments"]),
        new("connections", "connections", null, ["name", "user", "vhost", "state", "channels", "protocol", "recv_oct", "send_oct"]),
        new("channels", "channels", null, ["name", "user", "vhost", "state", "consumer_count", "messages_unacknowledged", "messages_unconfirmed", "prefetch_count"]),
        new("consumers", "consumers/{vhost}", "consumers", ["queue.name", "consumer_tag", "channel_details.name", "ack_required", "prefetch_count", "active"]),
        new("users", "users", null, ["name", "tags"]),
        new("vhosts", "vhosts", null, ["name", "messages", "description", "tags", "tracing"]),
        new("permissions", "vhosts/{vhost}/permissions", "permissions", ["user", "vhost", "configure", "write", "read"]),
        new("topic-permissions", "vhosts/{vhost}/topic-permissions", "topic-permissions", ["user", "vhost", "exchange", "write", "read"]),
        new("policies", "policies/{vhost}", "policies", ["vhost", "name", "pattern", "apply-to", "definition", "priority"]),
        new("operator-policies", "operator-policies/{vhost}", "operator-policies", ["vhost", "name", "pattern", "apply-to", "definition", "priority"]),
        new("parameters", "parameters", null, ["vhost", "component", "name", "value"]),
        new("global-parameters", "global-parameters", null, ["name", "value"]),
        new("vhost-limits", "vhost-limits", null, ["vhost", "value"]),
        new("user-limits", "user-limits", null, ["user", "value"]),
        new("nodes", "nodes", null, ["name", "running", "uptime", "mem_used", "disk_free", "fd_used"]),
        new("feature-flags", "feature-flags", null, ["name", "state", "stability"]),
    ];

    public static IEnumerable<CommandSpec> All => Listings.Select(listing => new CommandSpec(
        "list " + listing.Name,
        $"Lists {listing.Name.Replace('-', ' ')}",
        command => Define(command, listing),
        "list_" + listing.Name.Replace('-', '_')));

    private static CommandBody Define(Command command, Listing listing)
    {
        var columns = command.Words("columns", $"The columns to show. Default: {string.Join(' ', listing.Columns)}.");
        columns.CompletionSources.Add(listing.Columns);
        var sort = command.Option<string?>("--sort", "The column to sort by.");
        var reverse = command.Option<bool>("--reverse", "Sorts the other way round.");
        var name = command.Option<string?>("--name", "A regular expression that names have to match.");
        var everywhere = listing.AllPath is null ? null : command.Option<bool>("--all-vhosts", "Lists what all virtual hosts have.");
        return async (invocation, token) =>
        {
            var all = everywhere is not null && invocation.Get(everywhere);
            var path = all ? listing.AllPath! : listing.Path.Replace("{vhost}", ManagementApi.Path(invocation.VirtualHost), StringComparison.Ordinal);
            var pattern = Pattern(invocation.Get(name));
            var items = await invocation.Api.ListAsync(path, token);
            IReadOnlyList<JsonNode?> shown = pattern is null ? items : [.. items.Where(item => pattern.IsMatch(item?["name"]?.ToString() ?? ""))];
            if (invocation.Get(sort) is { } column)
            {
                shown = [.. shown.OrderBy(item => Cells.At(item, column), SortOrder.Instance)];
            }

            if (invocation.Get(reverse))
            {
                shown = [.. shown.Reverse()];
            }

            Write(invocation, listing, shown, invocation.Get(columns) ?? [], all);
        };
    }

    private static void Write(Invocation invocation, Listing listing, IReadOnlyList<JsonNode?> items, string[] asked, bool everywhere)
    {
        if (asked.Length == 0)
        {
            invocation.Report.Rows(items, everywhere && !listing.Columns.Contains("vhost") ? ["vhost", .. listing.Columns] : listing.Columns);
            return;
        }

        // The column keeps the name that the user has for it.
        var rows = items.Select(item => (JsonNode?)new JsonObject(asked.Distinct().Select(
            column => KeyValuePair.Create(column, Cells.At(item, OtherNames.GetValueOrDefault($"list_{listing.Name} {column}", column))?.DeepClone()))));
        invocation.Report.Rows([.. rows], asked);
    }

    private static Regex? Pattern(string? pattern)
    {
        try
        {
            return pattern is null ? null : new Regex(pattern, RegexOptions.NonBacktracking, MatchTime);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw CommandFailure.Usage($"'{pattern}' is no regular expression: {exception.Message}");
        }
    }

    /// <param name="Name">What it lists.</param>
    /// <param name="Path">Where the API has it.</param>
    /// <param name="AllPath">Where the API has those of all virtual hosts, if that is elsewhere.</param>
    /// <param name="Columns">What a table shows.</param>
    private sealed record Listing(string Name, string Path, string? AllPath, string[] Columns);
}
