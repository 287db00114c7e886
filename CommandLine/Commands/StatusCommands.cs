using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Output;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>What the broker is and how it is.</summary>
internal static class StatusCommands
{
    private static readonly string[] Nodes = ["name", "type", "running", "uptime", "mem_used", "mem_alarm", "disk_free", "disk_free_alarm", "fd_used", "sockets_used"];

    public static IEnumerable<CommandSpec> All =>
    [
        new("status", "Shows the version, the totals and the rates", _ => StatusAsync),
        new("cluster", "Shows the nodes", _ => ClusterAsync, "cluster_status"),
        new("whoami", "Shows as whom the broker knows this user", _ => async (invocation, token) =>
            invocation.Report.Properties((JsonObject)(await invocation.Api.GetAsync("whoami", token))!)),
        new("memory", "Shows what a node's memory is used for", command =>
        {
            var node = command.OptionalArgument<string>("node", "The node's name; the one that answers when it is left out.");
            return (invocation, token) => MemoryAsync(invocation, invocation.Get(node), token);
        }, "memory_breakdown"),
    ];

    private static async Task StatusAsync(Invocation invocation, CancellationToken token)
    {
        var overview = (JsonObject)(await invocation.Api.GetAsync("overview", token))!;
        if (invocation.Report.Json)
        {
            invocation.Report.WriteJson(overview);
            return;
        }

        var shown = new JsonObject();
        foreach (var (title, path) in (ReadOnlySpan<(string, string)>)
            [
                ("product", "product_name"), ("version", "product_version"), ("compatible with RabbitMQ", "rabbitmq_version"),
                ("cluster", "cluster_name"), ("node", "node"),
                ("connections", "object_totals.connections"), ("channels", "object_totals.channels"), ("consumers", "object_totals.consumers"),
                ("exchanges", "object_totals.exchanges"), ("queues", "object_totals.queues"),
                ("messages", "queue_totals.messages"), ("ready", "queue_totals.messages_ready"), ("unacknowledged", "queue_totals.messages_unacknowledged"),
                ("published/s", "message_stats.publish_details.rate"), ("confirmed/s", "message_stats.confirm_details.rate"),
                ("delivered/s", "message_stats.deliver_get_details.rate"), ("acknowledged/s", "message_stats.ack_details.rate"),
            ])
        {
            if (Cells.At(overview, path) is { } value)
            {
                shown[title] = value.DeepClone();
            }
        }

        invocation.Report.Properties(shown);
    }

    private static async Task ClusterAsync(Invocation invocation, CancellationToken token) =>
        invocation.Report.Rows(await invocation.Api.ListAsync("nodes", token), Nodes);

    private static async Task MemoryAsync(Invocation invocation, string? node, CancellationToken token)
    {
        node ??= (await invocation.Api.GetAsync("overview", token))?["node"]?.ToString()
            ?? throw new CommandFailure("The broker does not say which node answers; name one.");
        var answer = await invocation.Api.GetAsync($"nodes/{ManagementApi.Path(node)}/memory", token);
        invocation.Report.Properties(answer?["memory"] as JsonObject ?? throw new CommandFailure($"Node {node} does not say what its memory is used for."));
    }
}
