using OrleansBroker.Tests.Management;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>Messages over AMQP, against a silo.</summary>
[Collection(OneManagement.Name)]
public sealed class MessageCommandTests(ManagementSilo silo)
{
    [Fact]
    public async Task A_message_is_published_shown_and_taken_with_all_its_properties()
    {
        var queue = await QueueAsync();
        await ToolRun.Done(silo, "publish", queue, "hello", "-H", "n=1", "-H", "list=[1,\"a\"]", "--content-type", "text/plain", "--priority", "3", "--message-id", "id");
        foreach (var redelivered in (bool[])[false, true])
        {
            var shown = Assert.Single((await ToolRun.Done(silo, "get", queue, "--count", "5", "--format", "json")).Json.AsArray())!;
            Assert.Equal(("hello", "string", redelivered), ((string?)shown["payload"], (string?)shown["payload_encoding"], (bool)shown["redelivered"]!));
            var properties = shown["properties"]!;
            Assert.Equal("""1,[1,"a"]""", $"{properties["headers"]!["n"]},{properties["headers"]!["list"]!.ToJsonString()}");
            Assert.Equal(("text/plain", 3, "id", 2), ((string?)properties["content_type"], (int)properties["priority"]!, (string?)properties["message_id"], (int)properties["delivery_mode"]!));
        }

        await ToolRun.Done(silo, "get", queue, "--take");
        Assert.Empty((await ToolRun.Done(silo, "get", queue, "-q")).Lines);
    }

    [Fact]
    public async Task A_peek_shows_messages_in_their_order_and_changes_nothing()
    {
        var queue = await QueueAsync();
        await ToolRun.Done(silo, "publish", queue, "first", "-H", "n=1");
        await ToolRun.Done(silo, "publish", queue, "second");
        for (var round = 0; round < 2; round++)
        {
            var shown = (await ToolRun.Done(silo, "peek", queue, "--count", "5", "--format", "json")).Json.AsArray();
            Assert.Equal(["first False 1", "second False 0"], shown.Select(one => $"{one!["payload"]} {(bool)one["redelivered"]!} {one["message_count"]}"));
            Assert.Equal(1, (int)shown[0]!["properties"]!["headers"]!["n"]!);
        }

        Assert.Equal("fir", (await ToolRun.Done(silo, "peek", queue, "--truncate", "3", "-q")).Lines.Single().Split('\t')[^1]);
        var refused = await ToolRun.On(silo, "peek", queue, "--count", "501");
        Assert.Equal(1, refused.Code);
        Assert.Contains("count is 501; allowed: 1 to 500", refused.Error, StringComparison.Ordinal);
        Assert.Contains("no queue", (await ToolRun.On(silo, "peek", NativeCluster.Unique("nowhere"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_no_queue_takes_is_a_failure_unless_that_is_allowed()
    {
        var nowhere = NativeCluster.Unique("nowhere");
        var run = await ToolRun.On(silo, "publish", nowhere, "x");
        Assert.Equal(1, run.Code);
        Assert.Contains(nowhere, run.Error, StringComparison.Ordinal);
        await ToolRun.Done(silo, "publish", nowhere, "x", "--allow-unroutable");
        Assert.Equal(1, (await ToolRun.On(silo, "publish", "key", "x", "--exchange", nowhere)).Code);
    }

    [Fact]
    public async Task Lines_of_the_input_are_messages_and_consume_takes_as_many_as_it_was_asked_for()
    {
        var queue = await QueueAsync();
        var published = await ToolRun.RunAsync(["publish", queue, "--lines", "--format", "json"], ToolRun.Environment(silo), "a\nb\r\n\nc");
        Assert.Equal(4, (int)published.Json["published"]!);
        var consumed = await ToolRun.Done(silo, "consume", queue, "--count", "3", "-q");
        Assert.Equal(["a", "b", ""], consumed.Lines.Select(line => line.Split('\t')[^1]));

        // What was not asked for has never left the queue.
        Assert.False((bool)(await ToolRun.Done(silo, "get", queue, "--format", "json")).Json[0]!["redelivered"]!);
        Assert.Equal("c", (await ToolRun.Done(silo, "consume", queue, "--idle", "1", "-q")).Lines[0].Split('\t')[^1]);
    }

    [Fact]
    public async Task A_tail_shows_what_passes_and_takes_nothing()
    {
        var (exchange, queue) = (NativeCluster.Unique("cli-tail"), await QueueAsync());
        await ToolRun.Done(silo, "declare", "exchange", exchange, "--type", "topic");
        await ToolRun.Done(silo, "bind", exchange, queue, "-k", "#");
        var tail = ToolRun.On(silo, "tail", exchange, "--key", "a.*", "--count", "1", "--format", "json");
        await NativeCluster.Until(
            async () => (await ToolRun.Done(silo, "list", "bindings", "--format", "json")).Json.AsArray().Count(binding => (string?)binding!["source"] == exchange) == 2,
            "the tail's binding");
        await ToolRun.Done(silo, "publish", "b.c", "other", "-e", exchange);
        await ToolRun.Done(silo, "publish", "a.b", "this", "-e", exchange);
        Assert.Equal("this", (string?)(await tail).Json["payload"]);
        Assert.Equal(2, (await ToolRun.Done(silo, "get", queue, "--count", "5", "--format", "json")).Json.AsArray().Count);
    }

    [Fact]
    public async Task An_interrupt_ends_a_consumer_in_peace()
    {
        var queue = await QueueAsync();
        using var interrupt = new CancellationTokenSource();
        var consuming = ToolRun.RunAsync(["consume", queue], ToolRun.Environment(silo), cancellationToken: interrupt.Token);
        await NativeCluster.Until(
            async () => (await ToolRun.Done(silo, "list", "consumers", "queue.name", "-q")).Lines.Contains(queue), "the consumer");
        await interrupt.CancelAsync();
        Assert.Equal(0, (await consuming).Code);
    }

    [Fact]
    public async Task A_purge_empties_a_queue()
    {
        var queue = await QueueAsync();
        await ToolRun.Done(silo, "publish", queue, "x", "--count", "10");
        await ToolRun.Done(silo, "purge_queue", queue);
        Assert.Empty((await ToolRun.Done(silo, "get", queue, "-q")).Lines);
    }

    [Fact]
    public async Task A_measurement_counts_what_it_moves_and_clears_up_behind_it()
    {
        var run = await ToolRun.Done(silo, "perf", "--duration", "1", "--confirm", "50", "--rate", "2000", "--size", "64", "--ack-each", "5", "--format", "json");
        var total = System.Text.Json.Nodes.JsonNode.Parse(run.Lines[^1])!;
        Assert.Equal("total", (string?)total["kind"]);
        Assert.InRange((int)total["published"]!, 1, 2100);
        Assert.Equal((int)total["published"]!, (int)total["confirmed"]!);
        Assert.True((long)total["latency_us"]!["p50"]! > 0);
        Assert.True((long)total["confirm_us"]!["p99"]! >= (long)total["confirm_us"]!["p50"]!);
        Assert.DoesNotContain("orleansbroker-perf", (await ToolRun.Done(silo, "list", "queues")).Out, StringComparison.Ordinal);
    }

    private async Task<string> QueueAsync()
    {
        var queue = NativeCluster.Unique("cli-messages");
        await ToolRun.Done(silo, "declare", "queue", queue);
        return queue;
    }
}
