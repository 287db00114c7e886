using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.Tests.Architecture;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Management.Definitions;

[Collection(OneManagement.Name)]
public sealed class DefinitionsTests(ManagementSilo silo)
{
    private static readonly string[] Lists =
        ["users", "permissions", "topic_permissions", "parameters", "global_parameters", "policies", "queues", "exchanges", "bindings"];

    [Theory]
    [InlineData("rabbitmq-3.10.json")]
    [InlineData("rabbitmq-3.10-rich.json")]
    public async Task A_file_of_RabbitMQs_is_taken_in_twice_and_comes_out_with_nothing_lost(string name)
    {
        var file = Repository.Read($"Tests/Management/Definitions/{name}");
        for (var round = 0; round < 2; round++)
        {
            using var response = await silo.SendAsync(HttpMethod.Post, "definitions", file);
            Assert.True(response.StatusCode == HttpStatusCode.NoContent, await response.Content.ReadAsStringAsync());
        }

        var (given, exported) = (JsonNode.Parse(file)!, await silo.GetAsync("definitions"));
        Assert.True(JsonNode.DeepEquals(exported["queues"], (await silo.GetAsync("all-configuration"))["queues"]));
        foreach (var list in Lists)
        {
            // The guest of this silo is configured: it stays as it is, and is not exported.
            var expected = Items(given[list]!).Where(item => (string?)item["user"] != "guest" && !(list == "users" && (string?)item["name"] == "guest")).ToList();
            var actual = Items(exported[list]!).ToList();
            Assert.All(expected, item => Assert.Contains(actual, other => JsonNode.DeepEquals(item, other)));
        }

        Assert.All(given["vhosts"]!.AsArray(), host => Assert.Contains((string?)host!["name"], exported["vhosts"]!.AsArray().Select(h => (string?)h!["name"])));
        foreach (var host in given["vhosts"]!.AsArray().Select(host => (string)host!["name"]!).Where(host => host != "/"))
        {
            Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"vhosts/{Uri.EscapeDataString(host)}"));
        }
    }

    [Fact]
    public async Task A_default_queue_becomes_what_the_definitions_say_while_nobody_has_used_it()
    {
        var host = NativeCluster.Unique("host");
        await silo.StatusAsync(HttpMethod.Put, $"vhosts/{host}");
        await silo.StatusAsync(HttpMethod.Put, $"permissions/{host}/guest", """{"configure":".*","write":".*","read":".*"}""");
        const string Limited = """{"queues":[{"name":"default","durable":true,"auto_delete":false,"arguments":{"x-max-length":7}}]}""";
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, $"definitions/{host}", Limited));
        Assert.Equal(7, (int)(await silo.GetAsync($"queues/{host}/default"))["arguments"]!["x-max-length"]!);
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, $"definitions/{host}", Limited));

        await silo.StatusAsync(HttpMethod.Delete, $"queues/{host}/default");
        await silo.StatusAsync(HttpMethod.Put, $"queues/{host}/default", """{"durable":true}""");
        const string Impossible = """{"queues":[{"name":"default","durable":true,"arguments":{"x-max-length":-1}}]}""";
        Assert.Equal(HttpStatusCode.BadRequest, await silo.StatusAsync(HttpMethod.Post, $"definitions/{host}", Impossible));
        Assert.Empty((await silo.GetAsync($"queues/{host}/default"))["arguments"]!.AsObject());

        await silo.StatusAsync(
            HttpMethod.Post, $"exchanges/{host}/amq.default/publish", """{"properties":{},"routing_key":"default","payload":"x","payload_encoding":"string"}""");
        var (status, _, reason) = await silo.RefusalAsync(HttpMethod.Post, $"definitions/{host}", Limited);
        Assert.Equal(400, status);
        Assert.Contains("queue 'default'", reason, StringComparison.Ordinal);
        Assert.Contains("in use", reason, StringComparison.Ordinal);
        Assert.Equal(1, (int)(await silo.GetAsync($"queues/{host}/default"))["messages"]!);
        await silo.StatusAsync(HttpMethod.Delete, $"vhosts/{host}");
    }

    [Fact]
    public async Task Users_of_a_file_of_RabbitMQs_log_in_with_the_passwords_that_they_had()
    {
        var file = Repository.Read("Tests/Management/Definitions/rabbitmq-3.10.json");
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, "definitions", file));
        Assert.Equal(HttpStatusCode.OK, await silo.StatusAsync(HttpMethod.Get, "whoami", user: "ada:x"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Get, "whoami", user: "bob:"));
        await silo.StatusAsync(HttpMethod.Delete, "vhosts/orders");
        await silo.StatusAsync(HttpMethod.Delete, "vhosts/qq");
    }

    [Fact]
    public async Task Definitions_of_one_virtual_host_are_moved_to_another_as_the_file_of_a_form()
    {
        var (from, to) = (NativeCluster.Unique("from"), NativeCluster.Unique("to"));
        await silo.StatusAsync(HttpMethod.Put, $"vhosts/{from}");
        await silo.StatusAsync(HttpMethod.Put, $"vhosts/{to}");
        const string Definitions = """
            {"queues":[{"name":"q","durable":true,"auto_delete":false,"arguments":{"x-max-length":5}}],
             "exchanges":[{"name":"x","type":"topic","durable":true,"auto_delete":false,"internal":false,"arguments":{}}],
             "bindings":[{"source":"x","destination":"q","destination_type":"queue","routing_key":"a.#","arguments":{"n":1}}],
             "policies":[{"name":"p","pattern":"^(?!amq\\.).*","apply-to":"queues","definition":{"max-length":3},"priority":1}],
             "parameters":[{"component":"vhost-limits","name":"limits","value":{"max-queues":50}}]}
            """;
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, $"definitions/{from}", Definitions));
        var exported = await silo.GetAsync($"definitions/{from}");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(exported.ToJsonString())), "file", "definitions.json" } };
        using var response = await silo.SendAsync(HttpMethod.Post, $"definitions/{to}", form);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);

        var moved = await silo.GetAsync($"definitions/{to}");
        foreach (var list in (string[])["queues", "exchanges", "bindings"])
        {
            Assert.True(JsonNode.DeepEquals(exported[list], moved[list]), moved[list]!.ToJsonString());
        }

        Assert.Equal(3, (int)moved["policies"]![0]!["definition"]!["max-length"]!);
        Assert.Contains("\"max-queues\":50", moved["parameters"]!.ToJsonString());
    }

    [Fact]
    public async Task A_queue_that_cannot_be_does_not_keep_the_others_from_being_made()
    {
        var host = NativeCluster.Unique("host");
        await silo.StatusAsync(HttpMethod.Put, $"vhosts/{host}");
        var refusal = await silo.RefusalAsync(
            HttpMethod.Post,
            $"definitions/{host}",
            """{"queues":[{"name":"stream","durable":true,"arguments":{"x-queue-type":"stream"}},{"name":"good","durable":true,"arguments":{}}]}""");

        Assert.Equal((400, $"NOT_IMPLEMENTED - queue 'stream' in vhost '{host}' of type 'stream' is not supported"), (refusal.Status, refusal.Reason));
        Assert.Contains("\"good\"", (await silo.GetAsync($"definitions/{host}"))["queues"]!.ToJsonString());
    }

    [Fact]
    public async Task Thousands_of_queues_come_and_go()
    {
        var host = NativeCluster.Unique("host");
        await silo.StatusAsync(HttpMethod.Put, $"vhosts/{host}");
        var queues = new JsonArray([.. Enumerable.Range(0, 5_000).Select(i => new JsonObject
        {
            ["name"] = $"q{i:d5}",
            ["durable"] = true,
            ["auto_delete"] = false,
            ["arguments"] = new JsonObject(),
        })]);
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, $"definitions/{host}", new JsonObject { ["queues"] = queues }.ToJsonString()));
        Assert.Equal(5_001, (await silo.GetAsync($"definitions/{host}"))["queues"]!.AsArray().Count);
    }

    private static IEnumerable<JsonNode> Items(JsonNode list) => list.AsArray().Select(item => item!);
}
