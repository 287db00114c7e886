using OrleansBroker.Tests.Management;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>Definitions and lists, against a silo's HTTP API.</summary>
[Collection(OneManagement.Name)]
public sealed class TopologyCommandTests(ManagementSilo silo)
{
    [Fact]
    public async Task A_queue_is_declared_with_its_arguments_listed_and_deleted()
    {
        var queue = NativeCluster.Unique("cli/queue");
        await ToolRun.Done(silo, "declare", "queue", queue, "--ttl", "60000", "-a", "x-max-priority=5", "--dead-letter-exchange", "", "--dead-letter-key", "dead");
        var listed = (await ToolRun.Done(silo, "list_queues", "name", "arguments", "durable", "--name", queue, "--formatter", "json")).Json[0]!;
        Assert.Equal(queue, (string?)listed["name"]);
        Assert.Equal(60000, (int?)listed["arguments"]!["x-message-ttl"]);
        Assert.Equal(5, (int?)listed["arguments"]!["x-max-priority"]);
        Assert.Equal("", (string?)listed["arguments"]!["x-dead-letter-exchange"]);
        Assert.True((bool?)listed["durable"]);
        await ToolRun.Done(silo, "delete", "queue", queue);
        Assert.Empty((await ToolRun.Done(silo, "list", "queues", "--name", queue, "-q")).Lines);
    }

    [Fact]
    public async Task A_binding_is_made_found_by_its_key_and_arguments_and_removed()
    {
        var (exchange, queue) = (NativeCluster.Unique("cli-exchange"), NativeCluster.Unique("cli-queue"));
        await ToolRun.Done(silo, "declare", "exchange", exchange, "--type", "headers");
        await ToolRun.Done(silo, "declare", "queue", queue, "--transient", "--auto-delete");
        await ToolRun.Done(silo, "bind", exchange, queue, "-k", "key", "-a", "colour=red", "-a", "x-match=all");
        await ToolRun.Done(silo, "bind", exchange, queue, "-k", "key", "-a", "colour=blue", "-a", "x-match=all");
        var wrong = await ToolRun.On(silo, "unbind", exchange, queue, "-k", "key", "-a", "colour=green", "-a", "x-match=all");
        Assert.Equal(1, wrong.Code);
        await ToolRun.Done(silo, "unbind", exchange, queue, "-k", "key", "-a", "colour=red", "-a", "x-match=all");
        var left = (await ToolRun.Done(silo, "list", "bindings", "--format", "json")).Json.AsArray().Where(binding => (string?)binding!["source"] == exchange);
        Assert.Equal("blue", (string?)Assert.Single(left)!["arguments"]!["colour"]);
        await ToolRun.Done(silo, "delete", "exchange", exchange);
    }

    [Fact]
    public async Task What_the_broker_refuses_is_one_line_and_exit_code_1()
    {
        var queue = NativeCluster.Unique("cli-refused");
        await ToolRun.Done(silo, "declare", "queue", queue);
        foreach (var line in (string[][])[["declare", "queue", queue, "--transient"], ["delete", "queue", queue + "-none"], ["status", "--password", "wrong"]])
        {
            var run = await ToolRun.On(silo, line);
            Assert.Equal(1, run.Code);
            Assert.Single(run.Error.TrimEnd().Split('\n'));
            Assert.Empty(run.Out);
        }
    }

    [Fact]
    public async Task A_password_comes_from_a_file_from_standard_input_or_from_the_environment()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "watcher\nmore\n");
        var environment = ToolRun.Environment(silo);
        Assert.Equal(0, (await ToolRun.RunAsync(["whoami", "-u", "watcher", "--password-file", file], environment)).Code);
        Assert.Equal(0, (await ToolRun.RunAsync(["whoami", "-u", "watcher", "--password-file", "-"], environment, "watcher\n")).Code);
        environment["ORLEANSBROKER_USER"] = environment["ORLEANSBROKER_PASSWORD"] = "watcher";
        var named = await ToolRun.RunAsync(["whoami", "--format", "json"], environment);
        Assert.Equal("watcher", (string?)named.Json["name"]);
        Assert.Equal(1, (await ToolRun.RunAsync(["whoami", "--password", "other"], environment)).Code);
        File.Delete(file);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("cluster_status")]
    [InlineData("whoami")]
    [InlineData("list", "exchanges")]
    [InlineData("list", "connections")]
    [InlineData("list", "channels")]
    [InlineData("list", "consumers", "--all-vhosts")]
    [InlineData("list", "nodes")]
    [InlineData("list", "queues", "--sort", "messages", "--reverse")]
    public async Task A_report_is_a_table_and_JSON(params string[] line)
    {
        Assert.Contains('\t', (await ToolRun.Done(silo, line)).Lines[0]);
        Assert.NotNull((await ToolRun.Done(silo, [.. line, "--format", "json"])).Json);
    }

    [Fact]
    public async Task Health_is_the_brokers_own_checks_and_a_login()
    {
        var checks = (await ToolRun.Done(silo, "health", "--format", "json")).Json.AsArray();
        Assert.Contains(checks, check => (string?)check!["check"] == "amqp-login" && (string?)check["status"] == "ok");
        Assert.Equal(1, (await ToolRun.On(silo, "health", "--port", "1")).Code);
        Assert.Equal(1, (await ToolRun.On(silo, "check-port", "1")).Code);
        Assert.Equal(1, (await ToolRun.On(silo, "health", "no-such-check")).Code);
        await ToolRun.Done(silo, "ping");
    }

    [Fact]
    public async Task Completion_offers_commands_options_and_the_brokers_names()
    {
        var queue = NativeCluster.Unique("cli-complete");
        await ToolRun.Done(silo, "declare", "queue", queue);
        Assert.Contains("consume", (await ToolRun.Done(silo, "[suggest:3]", "con")).Lines.Select(line => line.Trim()));
        Assert.Contains("--prefetch", (await ToolRun.Done(silo, "[suggest:12]", "consume --pr")).Lines.Select(line => line.Trim()));
        var names = await ToolRun.Done(silo, "[suggest:20]", "consume cli-complete");
        Assert.Contains(queue, names.Lines.Select(line => line.Trim()));
        Assert.Equal(0, (await ToolRun.Of("[suggest:8]", "consume ", "--url", "http://127.0.0.1:1")).Code);
        foreach (var shell in (string[])["bash", "zsh", "pwsh"])
        {
            Assert.Contains("[suggest:", (await ToolRun.Of("completion", shell)).Out, StringComparison.Ordinal);
        }
    }
}
