using System.Net;
using System.Text.Json.Nodes;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Management.Transfers;

/// <summary>Moves from queue to queue, and dead letters back.</summary>
[Collection(OneManagement.Name)]
public class TransferTests(ManagementSilo silo)
{
    [Fact]
    public async Task Moved_messages_keep_their_order_exchange_key_and_properties()
    {
        await DeclareAsync("move-a");
        await DeclareAsync("move-b");
        await silo.SendAsync(HttpMethod.Post, "bindings/%2F/e/amq.topic/q/move-a", new { routing_key = "order.*" });
        // CC names further queues when it is routed; what is moved is not.
        var properties = new { headers = new { CC = new[] { "move-a" }, tenant = "acme" }, delivery_mode = 2 };
        foreach (var payload in new[] { "1", "2", "3" })
        {
            await silo.SendAsync(HttpMethod.Post, "exchanges/%2F/amq.topic/publish", new { routing_key = "order.new", properties, payload, payload_encoding = "string" });
        }

        var outcome = await PostAsync("queues/%2F/move-a/move", new { destination = "move-b" });
        Assert.Equal((3, 0, 0), ((int)outcome["moved"]!, (int)outcome["skipped"]!, (int)outcome["messages_ready"]!));
        var got = await TakeAsync("move-b");
        Assert.Equal(["1", "2", "3"], got.Select(message => (string)message!["payload"]!));
        Assert.All(got, message =>
        {
            Assert.Equal(("amq.topic", "order.new"), ((string)message!["exchange"]!, (string)message["routing_key"]!));
            Assert.Equal("acme", (string)message["properties"]!["headers"]!["tenant"]!);
            Assert.Null(message["properties"]!["headers"]!["x-delivery-count"]);
        });
        Assert.Empty(await TakeAsync("move-a"));
    }

    [Fact]
    public async Task No_more_are_moved_than_were_asked_for()
    {
        await DeclareAsync("some-a");
        await DeclareAsync("some-b");
        await PublishAsync("some-a", "1", "2", "3");
        var outcome = await PostAsync("queues/%2F/some-a/move", new { destination = "some-b", count = 2 });
        Assert.Equal((2, 1), ((int)outcome["moved"]!, (int)outcome["messages_ready"]!));
        Assert.Equal(["3"], (await TakeAsync("some-a")).Select(message => (string)message!["payload"]!));
    }

    [Fact]
    public async Task What_the_other_queue_refuses_stays_in_its_place()
    {
        await DeclareAsync("refused-a");
        await DeclareAsync("refused-b", new Dictionary<string, object> { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" });
        await PublishAsync("refused-a", "1", "2", "3");
        var outcome = await PostAsync("queues/%2F/refused-a/move", new { destination = "refused-b" });
        Assert.Equal((1, 2), ((int)outcome["moved"]!, (int)outcome["messages_ready"]!));
        Assert.Contains("is full", (string)outcome["reason"]!, StringComparison.Ordinal);
        var stayed = await TakeAsync("refused-a");
        Assert.Equal(["2", "3"], stayed.Select(message => (string)message!["payload"]!));
        // That does not count toward a delivery limit: nobody tried to deliver them.
        Assert.All(stayed, message => Assert.Equal(0, (int)message!["properties"]!["headers"]!["x-delivery-count"]!));
    }

    [Fact]
    public async Task A_dead_letter_goes_back_to_the_queue_where_it_died_under_its_old_exchange_and_key()
    {
        await DeclareAsync("dead");
        await DeclareAsync("lives", new Dictionary<string, object> { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "dead" });
        await silo.SendAsync(HttpMethod.Post, "bindings/%2F/e/amq.topic/q/lives", new { routing_key = "lives.#" });
        await silo.SendAsync(HttpMethod.Post, "exchanges/%2F/amq.topic/publish", new { routing_key = "lives.long", properties = new { }, payload = "letter", payload_encoding = "string" });
        await PublishAsync("dead", "never died");
        await silo.SendAsync(HttpMethod.Post, "queues/%2F/lives/get", new { count = 1, ackmode = "reject_requeue_false", encoding = "auto" });
        var outcome = await RedriveWhenReadyAsync("dead", 2);
        Assert.Equal((1, 1, 1), ((int)outcome["moved"]!, (int)outcome["skipped"]!, (int)outcome["messages_ready"]!));
        var letter = Assert.Single(await TakeAsync("lives"))!;
        Assert.Equal(("letter", "amq.topic", "lives.long"), ((string)letter["payload"]!, (string)letter["exchange"]!, (string)letter["routing_key"]!));
        Assert.Equal("never died", (string)Assert.Single(await TakeAsync("dead"))!["payload"]!);
    }

    [Fact]
    public async Task A_dead_letter_that_died_again_on_its_way_goes_back_to_where_it_died_first()
    {
        await DeclareAsync("chain-dead");
        await DeclareAsync("chain-retry", new Dictionary<string, object> { ["x-message-ttl"] = 1, ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "chain-dead" });
        await DeclareAsync("chain-origin", new Dictionary<string, object> { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = "chain-retry" });
        await PublishAsync("chain-origin", "twice dead");
        await silo.SendAsync(HttpMethod.Post, "queues/%2F/chain-origin/get", new { count = 1, ackmode = "reject_requeue_false", encoding = "auto" });
        var outcome = await RedriveWhenReadyAsync("chain-dead", 1);
        Assert.Equal((1, 0), ((int)outcome["moved"]!, (int)outcome["skipped"]!));
        Assert.Equal("twice dead", (string)Assert.Single(await TakeAsync("chain-origin"))!["payload"]!);
    }

    [Fact]
    public async Task A_header_that_a_client_wrote_sends_no_message_anywhere()
    {
        await DeclareAsync("forged");
        await DeclareAsync("target");
        var death = new Dictionary<string, object> { ["queue"] = "target", ["reason"] = "rejected", ["count"] = 1 };
        var headers = new Dictionary<string, object> { ["x-death"] = new[] { death } };
        await silo.SendAsync(HttpMethod.Post, "exchanges/%2F/amq.default/publish", new { routing_key = "forged", properties = new { headers }, payload = "x", payload_encoding = "string" });
        var outcome = await PostAsync("queues/%2F/forged/redrive", new { });
        Assert.Equal((0, 1), ((int)outcome["moved"]!, (int)outcome["skipped"]!));
        Assert.Empty(await TakeAsync("target"));
    }

    [Theory]
    [InlineData("""{}""", "destination is missing")]
    [InlineData("""{"destination":"bad-a"}""", "another queue")]
    [InlineData("""{"destination":"nowhere at all"}""", "NOT_FOUND")]
    [InlineData("""{"destination":"bad-b","count":0}""", "1 to 10000")]
    [InlineData("""{"destination":"bad-b","count":10001}""", "1 to 10000")]
    public async Task What_cannot_be_moved_is_refused_with_a_reason(string body, string reason)
    {
        await DeclareAsync("bad-a");
        await DeclareAsync("bad-b");
        var (status, _, said) = await silo.RefusalAsync(HttpMethod.Post, "queues/%2F/bad-a/move", body);
        Assert.Equal(400, status);
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Moving_needs_what_getting_and_publishing_need()
    {
        await DeclareAsync("mine-a");
        await DeclareAsync("mine-b");
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Post, "queues/%2F/mine-a/move", new { destination = "mine-b" }, "user"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Post, "queues/%2F/mine-a/redrive", new { }, "user"));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Post, "queues/%2F/nowhere/redrive", new { }));
    }

    [Fact]
    public async Task Grains_are_told_by_type_and_silo_to_those_who_monitor()
    {
        await DeclareAsync("placed");
        await PublishAsync("placed", "x");
        var grains = (await silo.GetAsync("grains", "watcher")).AsArray();
        var queues = Assert.Single(grains, grain => (string)grain!["type"]! == "QueueGrain")!;
        Assert.True((int)queues["activations"]! > 0);
        Assert.StartsWith("127.0.0.1:", (string)queues["silo"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Get, "grains", user: "user"));
    }

    private Task DeclareAsync(string queue, object? arguments = null) =>
        silo.SendAsync(HttpMethod.Put, $"queues/%2F/{queue}", new { durable = true, arguments = arguments ?? new { } });

    private async Task PublishAsync(string queue, params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            await silo.SendAsync(HttpMethod.Post, "exchanges/%2F/amq.default/publish", new { routing_key = queue, properties = new { }, payload, payload_encoding = "string" });
        }
    }

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using var response = await silo.SendAsync(HttpMethod.Post, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<JsonArray> TakeAsync(string queue) =>
        (await PostAsync($"queues/%2F/{queue}/get", new { count = 100, ackmode = "ack_requeue_false", encoding = "auto" })).AsArray();

    /// <summary>A rejected message arrives at the dead-letter queue a moment after the reject was answered.</summary>
    private async Task<JsonNode> RedriveWhenReadyAsync(string queue, int ready)
    {
        await NativeCluster.Until(async () => (long)(await silo.GetAsync($"queues/%2F/{queue}"))["messages_ready"]! == ready, $"{queue} has {ready} messages");
        return await PostAsync($"queues/%2F/{queue}/redrive", new { });
    }
}
