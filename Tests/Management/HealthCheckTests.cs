using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.Management;

/// <summary>A silo that takes one connection.</summary>
public sealed class CrowdedSilo : GatewaySilo
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Broker:Amqp:MaxConnections"] = "1",
        ["Broker:Access:Users:guest:Tags"] = "administrator",
    };
}

public sealed class HealthCheckTests(CrowdedSilo silo) : IClassFixture<CrowdedSilo>, IDisposable
{
    private readonly HttpClient _client = new()
    {
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest"))) },
    };

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_silo_with_as_many_connections_as_it_may_have_says_so()
    {
        var (status, before) = await CheckAsync("below-node-connection-limit");
        Assert.Equal((HttpStatusCode.OK, "ok", 1), (status, (string)before["status"]!, (int)before["limit"]!));
        await using (await new ConnectionFactory { HostName = "127.0.0.1", Port = silo.Port, AutomaticRecoveryEnabled = false }.CreateConnectionAsync())
        {
            // A connection is listed once its handshake is over, which its client may hear of a moment before.
            await NativeCluster.Until(async () => (await CheckAsync("below-node-connection-limit")).Status != HttpStatusCode.OK, "the connection is counted");
            var (failed, reason) = await CheckAsync("below-node-connection-limit");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "failed", "node connection limit is reached"), (failed, (string)reason["status"]!, (string)reason["reason"]!));
        }
    }

    [Fact]
    public async Task A_cluster_whose_silos_all_answer_is_as_large_as_it_should_be()
    {
        var (status, check) = await CheckAsync("reached-target-cluster-size");
        Assert.Equal((HttpStatusCode.OK, 1, 1), (status, (int)check["running_nodes"]!, (int)check["target_cluster_size"]!));
    }

    [Fact]
    public async Task A_silo_that_keeps_its_store_to_itself_has_no_other_to_wait_for()
    {
        var (status, check) = await CheckAsync("node-is-quorum-critical");
        Assert.Equal((HttpStatusCode.OK, "ok", "single node cluster"), (status, (string)check["status"]!, (string)check["reason"]!));
    }

    [Theory]
    [InlineData("is-in-service")]
    [InlineData("ready-to-serve-clients")]
    public async Task A_silo_that_listens_serves_clients(string name) => Assert.Equal("ok", (string)(await CheckAsync(name)).Check["status"]!);

    private async Task<(HttpStatusCode Status, JsonNode Check)> CheckAsync(string name)
    {
        using var response = await _client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{silo.HttpPort}/api/health/checks/{name}")));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
