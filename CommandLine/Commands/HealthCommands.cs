using System.Net;
using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>Whether the broker is fit for work: each check is answered by the broker itself.</summary>
internal static class HealthCommands
{
    private static readonly string[] Usual = ["alarms", "local-alarms", "virtual-hosts", "node-is-quorum-critical"];

    public static IEnumerable<CommandSpec> All =>
    [
        new("health", "Checks alarms, virtual hosts, quorum and an AMQP login; fails when any check does", command =>
        {
            var checks = command.Words("checks", "Checks of the HTTP API to make instead, such as port-listener/5672 or certificate-expiration/1/months.");
            return async (invocation, token) => await ReportAsync(invocation, invocation.Get(checks) is { Length: > 0 } named
                ? [.. await AllAsync(invocation, named, token)]
                : [.. await AllAsync(invocation, Usual, token), await LoginAsync(invocation, token)]);
        }),
        new("ping", "Logs in over AMQP; fails when the broker does not answer", _ => async (invocation, token) =>
        {
            await (await invocation.ConnectAsync(token)).CheckAsync(token);
            invocation.Report.Done($"{invocation.Target.Amqp} answers.");
        }),
        Check("alarms"),
        Check("local-alarms"),
        Check("virtual-hosts"),
        new("check-port", "Fails when nothing listens on a port of the broker", command =>
        {
            var port = command.Argument<int>("port", "The port.");
            return async (invocation, token) => await ReportAsync(invocation, [await AskAsync(invocation, $"port-listener/{invocation.Get(port)}", token)]);
        }, "check_port_listener"),
        new("check-protocol", "Fails when the broker does not listen for a protocol", command =>
        {
            var protocol = command.Argument<string>("protocol", "The protocol, such as amqp091 or http.");
            return async (invocation, token) =>
                await ReportAsync(invocation, [await AskAsync(invocation, "protocol-listener/" + ManagementApi.Path(invocation.Get(protocol)!), token)]);
        }, "check_protocol_listener"),
    ];

    private static CommandSpec Check(string name) => new(
        "check-" + name,
        $"Makes the check {name}; fails when it does",
        _ => async (invocation, token) => await ReportAsync(invocation, [await AskAsync(invocation, name, token)]),
        "check_" + name.Replace('-', '_'));

    private static async Task<List<JsonObject>> AllAsync(Invocation invocation, IEnumerable<string> checks, CancellationToken token)
    {
        var results = new List<JsonObject>();
        foreach (var check in checks)
        {
            results.Add(await AskAsync(invocation, check, token));
        }

        return results;
    }

    private static async Task<JsonObject> AskAsync(Invocation invocation, string check, CancellationToken token)
    {
        // RabbitMQ answers 503 to a check that fails.
        var (status, body) = await invocation.Api.AskAsync("health/checks/" + check, token);
        return status switch
        {
            HttpStatusCode.OK => Result(check, "ok", (body as JsonObject)?["reason"]?.ToString() ?? ""),
            HttpStatusCode.ServiceUnavailable => Result(check, "failed", (body as JsonObject)?["reason"]?.ToString() ?? body?.ToJsonString() ?? ""),
            HttpStatusCode.Unauthorized => throw new CommandFailure($"{invocation.Target.Url} refused user '{invocation.Target.User}'."),
            HttpStatusCode.NotFound => throw new CommandFailure($"The broker has no check '{check}'."),
            _ => throw new CommandFailure($"The check '{check}' was refused with {(int)status}: {(body as JsonObject)?["reason"]}"),
        };
    }

    private static async Task<JsonObject> LoginAsync(Invocation invocation, CancellationToken token)
    {
        try
        {
            await (await invocation.ConnectAsync(token)).CheckAsync(token);
            return Result("amqp-login", "ok", "");
        }
        catch (Exception exception) when (ExpectedFailures.Describe(exception, invocation.Target) is { } message)
        {
            return Result("amqp-login", "failed", message);
        }
    }

    private static JsonObject Result(string check, string status, string reason) =>
        new() { ["check"] = check, ["status"] = status, ["reason"] = reason };

    private static Task ReportAsync(Invocation invocation, IReadOnlyList<JsonObject> results)
    {
        invocation.Report.Rows(results, ["check", "status", "reason"]);
        var failed = results.Count(result => result["status"]!.ToString() != "ok");
        return failed == 0 ? Task.CompletedTask : throw new CommandFailure($"{failed} of {results.Count} checks failed.");
    }
}
