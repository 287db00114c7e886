using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway;

/// <summary>Peers that say nothing, or take nothing, do not stay.</summary>
public sealed class LivenessTests(LivenessTests.Impatient silo) : IClassFixture<LivenessTests.Impatient>
{
    private const int MostConnections = 500;

    [Fact]
    public async Task A_peer_that_misses_its_heartbeats_is_disconnected()
    {
        await using var client = await WireClient.OpenAsync(silo.Port, heartbeat: 1);
        Assert.Equal(FrameType.Heartbeat, (await client.ReadAnyAsync())!.Type);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_disconnected_and_its_consumer_goes()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        var queue = NativeCluster.Unique("q");
        await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
        await client.ExpectAsync(MethodId.QueueDeclareOk);
        await using var deaf = await WireClient.OpenAsync(silo.Port);
        await deaf.OpenChannelAsync();
        await deaf.SendAsync(1, new BasicConsume(queue, "", BasicConsumeFlags.NoAck, FieldTable.Empty));
        await deaf.ExpectAsync(MethodId.BasicConsumeOk);
        var body = new byte[64 * 1024];
        for (var i = 0; i < 400; i++)
        {
            await client.SendAsync(WireClient.Publish("", queue, body));
        }

        await NativeCluster.Until(
            async () =>
            {
                await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
                return (await client.ExpectAsync<QueueDeclareOk>()).ConsumerCount == 0;
            },
            "the deaf consumer's end");
    }

    [Fact]
    public async Task Half_open_connections_are_few_and_do_not_last()
    {
        await silo.OutlastSilentPeersAsync(silo.Port, 2 * MostConnections);
    }

    [Fact]
    public async Task A_secret_is_renewed_while_the_connection_goes_on()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.SendAsync(0, new ConnectionUpdateSecret("guest"u8.ToArray(), "renewed"));
        await client.ExpectAsync(MethodId.ConnectionUpdateSecretOk);
        await client.OpenChannelAsync();
    }

    public sealed class Impatient : GatewaySilo
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
        {
            ["Broker:Amqp:HandshakeTimeout"] = "00:00:03",
            ["Broker:Amqp:WriteTimeout"] = "00:00:01",
            ["Broker:Amqp:MaxConnections"] = $"{MostConnections}",
        };
    }
}
