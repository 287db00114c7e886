using System.Globalization;
using System.Net;

namespace OrleansBroker.Tests.Management;

[Collection(OneManagement.Name)]
public class OverviewTests(ManagementSilo silo)
{
    [Fact]
    public async Task The_overview_has_what_tools_look_for()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/seen", "{}");
        await silo.StatusAsync(
            HttpMethod.Post, "exchanges/%2F/amq.default/publish", """{"properties":{},"routing_key":"seen","payload":"x","payload_encoding":"string"}""");
        var overview = await silo.GetAsync("overview");
        Assert.True(Version.Parse((string)overview["rabbitmq_version"]!) >= new Version(3, 10));
        Assert.Equal("OrleansBroker", (string)overview["product_name"]!);
        Assert.True((long)overview["object_totals"]!["queues"]! >= 1);
        Assert.True((long)overview["object_totals"]!["exchanges"]! >= 7);
        Assert.True((long)overview["queue_totals"]!["messages"]! >= 1);
        Assert.True((long)overview["message_stats"]!["publish"]! >= 1);
        Assert.Contains(overview["listeners"]!.AsArray(), listener => (string)listener!["protocol"]! == "amqp" && (int)listener["port"]! == silo.Port);
        Assert.NotEmpty((string)overview["node"]!);

        long Churn(System.Text.Json.Nodes.JsonNode node, string what) => (long)node["churn_rates"]![$"queue_{what}"]!;
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/churned", "{}");
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/churned", "{}");
        await silo.StatusAsync(HttpMethod.Delete, "queues/%2F/churned");
        var later = await silo.GetAsync("overview");
        Assert.Equal(
            (1, 2, 1),
            (Churn(later, "created") - Churn(overview, "created"), Churn(later, "declared") - Churn(overview, "declared"), Churn(later, "deleted") - Churn(overview, "deleted")));
        Assert.NotNull(later["churn_rates"]!["queue_declared_details"]!["rate"]);
    }

    [Fact]
    public async Task A_silo_is_listed_as_a_node_by_those_who_may_see_it()
    {
        var node = (await silo.GetAsync("nodes", "watcher"))[0]!;
        Assert.True((bool)node["running"]!);
        Assert.True((long)node["mem_used"]! > 0 && (long)node["uptime"]! > 0);
        Assert.Empty(node["partitions"]!.AsArray());
        Assert.True((int)node["queues"]! >= 0 && (int)node["channels"]! >= 0 && (int)node["consumers"]! >= 0);
        Assert.Equal((int)node["sockets_used"]!, (int)node["connections"]!);
        var name = Uri.EscapeDataString((string)node["name"]!);
        Assert.Equal((string)node["name"]!, (string)(await silo.GetAsync($"nodes/{name}"))["name"]!);
        Assert.True((long)(await silo.GetAsync($"nodes/{name}/memory"))["memory"]!["total"]!["rss"]! > 0);
        var shares = (await silo.GetAsync($"nodes/{name}/memory/relative"))["memory"]!;
        Assert.Equal(((int)shares["total"]!, 100), (100, (int)shares["managed"]! + (int)shares["other"]!));
        Assert.InRange((int)shares["managed"]!, 1, 99);
        Assert.Equal((401, "not_authorised", "Not monitor user"), await silo.RefusalAsync(HttpMethod.Get, "nodes", user: "user"));
    }

    [Theory]
    [InlineData("health/checks/alarms")]
    [InlineData("health/checks/local-alarms")]
    [InlineData("health/checks/virtual-hosts")]
    [InlineData("health/checks/node-is-quorum-critical")]
    [InlineData("health/checks/certificate-expiration/4/weeks")]
    [InlineData("health/checks/protocol-listener/amqp")]
    [InlineData("health/checks/ready-to-serve-clients")]
    [InlineData("aliveness-test/%2F")]
    public async Task A_broker_that_is_well_says_so(string path) => Assert.Equal("ok", (string)(await silo.GetAsync(path))["status"]!);

    [Fact]
    public async Task A_check_that_fails_says_what_is_missing()
    {
        Assert.Equal("ok", (string)(await silo.GetAsync(string.Create(CultureInfo.InvariantCulture, $"health/checks/port-listener/{silo.Port}")))["status"]!);
        using var response = await silo.SendAsync(HttpMethod.Get, "health/checks/port-listener/1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("No active listener", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await silo.StatusAsync(HttpMethod.Get, "health/checks/protocol-listener/mqtt"));
        Assert.Equal(HttpStatusCode.BadRequest, await silo.StatusAsync(HttpMethod.Get, "health/checks/certificate-expiration/1/eons"));
    }

    [Fact]
    public async Task Feature_flags_that_tools_ask_for_are_enabled()
    {
        var flags = (await silo.GetAsync("feature-flags")).AsArray();
        Assert.All(flags, flag => Assert.Equal("enabled", (string)flag!["state"]!));
        Assert.Contains(flags, flag => (string)flag!["name"]! == "quorum_queue");
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, "feature-flags/quorum_queue/enable", "{}"));
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_operation_and_is_open_to_all()
    {
        using var response = await silo.SendAsync(HttpMethod.Get, "openapi.json", user: null);
        var document = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.StartsWith("3.", (string)document["openapi"]!, StringComparison.Ordinal);
        var paths = document["paths"]!.AsObject();
        Assert.Contains("/api/queues/{vhost}/{queue}", paths.Select(path => path.Key));
        Assert.All(paths, path => Assert.All(path.Value!.AsObject(), operation => Assert.NotEmpty((string)operation.Value!["summary"]!)));
    }

    [Fact]
    public async Task A_body_has_a_bound()
    {
        // Asked for before it is sent: a server that closes on what it does not read would race with the client that sends it.
        using var response = await silo.SendAsync(
            HttpMethod.Put, "queues/%2F/huge", new string(' ', 10_000_001), "guest", ("Expect", "100-continue"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("size limit", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
