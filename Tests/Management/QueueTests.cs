using System.Net;
using System.Text.Json.Nodes;

namespace OrleansBroker.Tests.Management;

[Collection(OneManagement.Name)]
public class QueueTests(ManagementSilo silo)
{
    [Fact]
    public async Task A_queue_is_declared_looked_at_and_deleted()
    {
        const string Path = "queues/%2F/declared";
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, Path, """{"durable":true,"arguments":{"x-max-length":5}}"""));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, Path, """{"durable":"true","arguments":{"x-max-length":5}}"""));
        var queue = await silo.GetAsync(Path);
        Assert.Equal("declared", (string)queue["name"]!);
        Assert.Equal("/", (string)queue["vhost"]!);
        Assert.Equal("""{"x-max-length":5}""", queue["arguments"]!.ToJsonString());
        Assert.True((bool)queue["durable"]!);
        Assert.Equal(0, (int)queue["messages"]!);
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, Path));
        Assert.Equal((404, "Object Not Found", "Not Found"), await silo.RefusalAsync(HttpMethod.Get, Path));
        Assert.Equal((404, "Object Not Found", "Not Found"), await silo.RefusalAsync(HttpMethod.Delete, Path));
    }

    [Theory]
    [InlineData("""{"durable":false}""", "inequivalent arg 'durable' for queue 'alike' in vhost '/': received 'false' but current is 'true'")]
    [InlineData("{bad", "not_json")]
    [InlineData("[]", "not_json")]
    public async Task What_cannot_be_declared_is_refused_in_RabbitMQs_words(string body, string reason)
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/alike", """{"durable":true}""");
        Assert.Equal((400, "bad_request", reason), await silo.RefusalAsync(HttpMethod.Put, "queues/%2F/alike", body));
    }

    [Fact]
    public async Task A_reserved_name_and_a_missing_virtual_host_are_refused()
    {
        Assert.Equal((401, "not_authorised", "Access refused."), await silo.RefusalAsync(HttpMethod.Put, "queues/%2F/amq.mine", "{}"));
        Assert.Equal((404, "not_found", "vhost_not_found"), await silo.RefusalAsync(HttpMethod.Put, "queues/nowhere/q", "{}"));
        Assert.Equal((404, "Object Not Found", "Not Found"), await silo.RefusalAsync(HttpMethod.Get, "queues/nowhere"));
    }

    [Fact]
    public async Task A_name_is_decoded_once()
    {
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, "queues/%2F/slash%2Fpercent%252F%C3%A4", "{}"));
        Assert.Equal("slash/percent%2Fä", (string)(await silo.GetAsync("queues/%2F/slash%2Fpercent%252F%C3%A4"))["name"]!);
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Get, "queues/%2F/slash%2Fpercent%2F%C3%A4"));
    }

    [Fact]
    public async Task The_permissions_of_the_user_hold()
    {
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, "queues/%2F/mine-1", "{}", "user"));
        Assert.Equal((401, "not_authorised", "Access refused."), await silo.RefusalAsync(HttpMethod.Put, "queues/%2F/yours-1", "{}", "user"));
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/yours-1", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Delete, "queues/%2F/yours-1", null, "user"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Delete, "queues/%2F/yours-1/contents", null, "user"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(
            HttpMethod.Post, "queues/%2F/yours-1/get", """{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}""", "user"));
    }

    [Fact]
    public async Task Messages_that_are_peeked_at_stay_as_they_are_in_the_order_of_their_delivery()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/peeked", """{"arguments":{"x-max-priority":3}}""");
        Assert.True(await PublishAsync("peeked", "low", "{}"));
        Assert.True(await PublishAsync("peeked", "returned", """{"priority":3}"""));
        Assert.True(await PublishAsync("peeked", "high", """{"priority":3}"""));
        await TakeAsync("peeked", "ack_requeue_true", 1);
        for (var round = 0; round < 2; round++)
        {
            using var response = await silo.SendAsync(HttpMethod.Post, "queues/%2F/peeked/peek", """{"count":10,"encoding":"auto"}""");
            var peeked = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsArray();
            Assert.Equal(
                ["returned True 2", "high False 1", "low False 0"],
                peeked.Select(message => $"{message!["payload"]} {(bool)message["redelivered"]!} {message["message_count"]}"));
        }

        using var first = await silo.SendAsync(HttpMethod.Post, "queues/%2F/peeked/peek", "{}");
        Assert.Single(JsonNode.Parse(await first.Content.ReadAsStringAsync())!.AsArray());
        Assert.Equal(["returned", "high", "low"], (await TakeAsync("peeked", "ack_requeue_false", 5)).AsArray().Select(message => (string)message!["payload"]!));
        Assert.Equal((400, "bad_request", "count is 501; allowed: 1 to 500"), await silo.RefusalAsync(HttpMethod.Post, "queues/%2F/peeked/peek", """{"count":501}"""));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Post, "queues/%2F/no-such/peek", "{}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Post, "queues/%2F/peeked/peek", "{}", "user"));
    }

    [Fact]
    public async Task What_is_published_is_looked_at_got_and_counted()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/got", "{}");
        Assert.True(await PublishAsync("got", "one", """{"delivery_mode":2,"headers":{"h":1},"timestamp":5}"""));
        Assert.True(await PublishAsync("got", "two", "{}"));
        Assert.False(await PublishAsync("nobodys", "lost", "{}"));

        var peeked = await TakeAsync("got", "ack_requeue_true", 1);
        Assert.Equal("one", (string)peeked[0]!["payload"]!);
        Assert.Equal("string", (string)peeked[0]!["payload_encoding"]!);
        Assert.Equal(1, (int)peeked[0]!["message_count"]!);
        Assert.Equal("""{"headers":{"h":1},"delivery_mode":2,"timestamp":5}""", peeked[0]!["properties"]!.ToJsonString());
        Assert.False((bool)peeked[0]!["redelivered"]!);
        Assert.True((bool)(await TakeAsync("got", "ack_requeue_true", 1))[0]!["redelivered"]!);
        var taken = (await TakeAsync("got", "ack_requeue_false", 5)).AsArray();
        Assert.Equal(["one", "two"], taken.Select(message => (string)message!["payload"]!));
        Assert.Equal("[]", taken[1]!["properties"]!.ToJsonString());
        Assert.Empty((await TakeAsync("got", "ack_requeue_false", 1)).AsArray());

        var stats = (await silo.GetAsync("queues/%2F/got"))["message_stats"]!;
        Assert.Equal(2, (int)stats["publish"]!);
        Assert.Equal(2, (int)stats["ack"]!);
        Assert.Equal(4, (int)stats["deliver_get"]!);
        Assert.NotNull(stats["publish_details"]!["rate"]);
    }

    [Fact]
    public async Task A_queue_tells_how_quickly_messages_come()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/quick", "{}");
        await Eventually(async () =>
        {
            await PublishAsync("quick", "one more", "{}");
            return (double)(await silo.GetAsync("queues/%2F/quick"))["message_stats"]!["publish_details"]!["rate"]! > 0;
        });
    }

    [Fact]
    public async Task A_rejected_message_goes_the_way_of_the_dead()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/dead", "{}");
        await silo.StatusAsync(
            HttpMethod.Put, "queues/%2F/rejecting", """{"arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"dead"}}""");
        await PublishAsync("rejecting", "bad", "{}");
        await TakeAsync("rejecting", "reject_requeue_false", 1);
        await Eventually(async () => (int)(await silo.GetAsync("queues/%2F/dead"))["messages"]! == 1);
    }

    [Theory]
    [InlineData("""{"count":2}""", "[{key_missing,ackmode},{key_missing,encoding}]")]
    [InlineData("""{"count":2,"ackmode":"ack_requeue_true","encoding":"zz"}""", "Unsupported encoding. Please use auto or base64.")]
    public async Task A_get_that_cannot_be_is_refused(string body, string reason)
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/ungot", "{}");
        Assert.Equal((400, "bad_request", reason), await silo.RefusalAsync(HttpMethod.Post, "queues/%2F/ungot/get", body));
    }

    [Fact]
    public async Task Octets_that_are_no_text_come_as_base_64_and_cut_where_that_is_asked_for()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/octets", "{}");
        await silo.StatusAsync(
            HttpMethod.Post, "exchanges/%2F/amq.default/publish", """{"properties":{},"routing_key":"octets","payload":"//8=","payload_encoding":"base64"}""");
        var message = (await TakeAsync("octets", "ack_requeue_true", 1))[0]!;
        Assert.Equal(("//8=", "base64"), ((string)message["payload"]!, (string)message["payload_encoding"]!));
        await PublishAsync("octets", "a long text", "{}");
        using var response = await silo.SendAsync(
            HttpMethod.Post, "queues/%2F/octets/get", """{"count":"2","ackmode":"ack_requeue_false","encoding":"auto","truncate":6}""");
        var cut = JsonNode.Parse(await response.Content.ReadAsStringAsync())![1]!;
        Assert.Equal(("a long", 11), ((string)cut["payload"]!, (int)cut["payload_bytes"]!));
    }

    [Fact]
    public async Task A_purge_drops_what_is_ready()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/purged", "{}");
        await PublishAsync("purged", "gone", "{}");
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, "queues/%2F/purged/contents"));
        Assert.Equal(0, (int)(await silo.GetAsync("queues/%2F/purged"))["messages"]!);
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Delete, "queues/%2F/never/contents"));
    }

    private async Task<bool> PublishAsync(string queue, string payload, string properties)
    {
        using var response = await silo.SendAsync(
            HttpMethod.Post,
            "exchanges/%2F/amq.default/publish",
            $$"""{"properties":{{properties}},"routing_key":"{{queue}}","payload":"{{payload}}","payload_encoding":"string"}""");
        return (bool)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["routed"]!;
    }

    private async Task<JsonNode> TakeAsync(string queue, string ackMode, int count)
    {
        using var response = await silo.SendAsync(
            HttpMethod.Post, $"queues/%2F/{queue}/get", $$"""{"count":{{count}},"ackmode":"{{ackMode}}","encoding":"auto"}""");
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
