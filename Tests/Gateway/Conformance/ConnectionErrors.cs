using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Limits of the handshake, and what ends a connection afterwards.</summary>
[Collection(OneGateway.Name)]
public sealed class ConnectionErrors(GatewaySilo silo)
{
    [Theory]
    [InlineData(0, 131_072, 60, "NOT_ALLOWED - negotiated channel_max = 0 (no limit) is higher than the maximum allowed value (2047)")]
    [InlineData(2048, 131_072, 60, "NOT_ALLOWED - negotiated channel_max = 2048 is higher than the maximum allowed value (2047)")]
    [InlineData(2047, 0, 60, "NOT_ALLOWED - negotiated frame_max = 0 is higher than the maximum allowed value (131072)")]
    [InlineData(2047, 131_073, 60, "NOT_ALLOWED - negotiated frame_max = 131073 is higher than the maximum allowed value (131072)")]
    [InlineData(2047, 131_072, 0, null)]
    [InlineData(1, 4096, 1, null)]
    public async Task A_client_may_lower_limits_and_do_without_heartbeats(int channelMax, int frameMax, int heartbeat, string? refusal)
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.LoginAsync("guest", "guest");
        await client.ExpectAsync(MethodId.ConnectionTune);
        await client.SendAsync(0, new ConnectionTuneOk((ushort)channelMax, (uint)frameMax, (ushort)heartbeat));
        await client.SendAsync(0, new ConnectionOpen("/"));
        if (refusal is null)
        {
            await client.ExpectAsync(MethodId.ConnectionOpenOk);
        }
        else
        {
            await client.ExpectConnectionErrorAsync(530, refusal);
        }
    }

    [Theory]
    [InlineData(8192, true)]
    [InlineData(8193, false)]
    public async Task Before_tune_ok_a_frame_is_small_and_a_few_octets_are_forgiven(int payload, bool accepted)
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        await client.ExpectAsync(MethodId.ConnectionStart);
        var empty = WireClient.Frames(output => FrameWriter.WriteMethod(output, 0, StartOk(0))).Length - Frame.Overhead;
        await client.SendAsync(0, StartOk(payload - empty));
        var answer = (await client.ReadAsync())!.Method;
        Assert.Equal(accepted ? MethodId.ConnectionTune : MethodId.ConnectionClose, answer);
    }

    [Fact]
    public async Task After_tune_ok_a_frame_may_be_eight_octets_larger_than_agreed_and_no_more()
    {
        await using var client = await WireClient.OpenAsync(silo.Port, frameMax: 8192);
        await client.OpenChannelAsync();
        // Counted with the eight octets around it, this frame is 8200 long.
        await client.SendAsync(WireClient.Publish("amq.direct", "k", new byte[8192], frameMax: 8200));
        await client.SendAsync(1, new ChannelFlow(true));
        await client.ExpectAsync(MethodId.ChannelFlowOk);
        await client.SendAsync(WireClient.Publish("amq.direct", "k", new byte[8193], frameMax: 8201));
        await client.ExpectConnectionErrorAsync(501, "FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,8193,8184}");
    }

    [Fact]
    public async Task A_pause_is_not_to_be_had_where_it_is_not_configured()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        await client.SendAsync(1, new ChannelFlow(false));
        await client.ExpectConnectionErrorAsync(540, "NOT_IMPLEMENTED - active=false");
    }

    [Fact]
    public async Task A_heartbeat_belongs_to_no_channel()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        await client.SendAsync(new byte[] { 8, 0, 0, 0, 0, 0, 0, Frame.End });
        await client.SendAsync(1, new ChannelFlow(true));
        await client.ExpectAsync(MethodId.ChannelFlowOk);
        await client.SendAsync(new byte[] { 8, 0, 1, 0, 0, 0, 0, Frame.End });
        await client.ExpectConnectionErrorAsync(505, "UNEXPECTED_FRAME - type 8, 0 octets on channel 1");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Content_on_a_channel_that_is_not_open_is_unexpected(byte type)
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        byte[] header = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
        await client.SendAsync((byte[])[type, 0, 7, 0, 0, 0, (byte)header.Length, .. header, Frame.End]);
        await client.ExpectConnectionErrorAsync(505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead");
    }

    // The first octets of a TLS hello, which is how load balancers look whether somebody is there.
    [Theory]
    [InlineData("1603010200010001FC0303")]
    [InlineData("474554202F20485454502F312E310D0A0D0A")]
    [InlineData("414D515000010000")]
    public async Task What_is_no_AMQP_is_answered_with_its_header_and_the_broker_goes_on(string octets)
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(Convert.FromHexString(octets));
        Assert.Equal(ProtocolHeader.Supported.ToArray(), await client.ReadOctetsAsync(ProtocolHeader.Size + 1));
    }

    [Fact]
    public async Task The_old_spelling_of_the_protocol_header_is_the_same_protocol()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync("AMQP\u0001\u0001\0\u0009"u8.ToArray());
        await client.ExpectAsync(MethodId.ConnectionStart);
    }

    [Fact]
    public async Task The_broker_says_what_it_can_do()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        var properties = (await client.ExpectAsync<ConnectionStart>()).ServerProperties;
        var capabilities = Assert.IsType<FieldTable>(properties["capabilities"]);
        foreach (var name in (string[])
        [
            "publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify", "connection.blocked",
            "consumer_priorities", "authentication_failure_close", "per_consumer_qos", "direct_reply_to",
        ])
        {
            Assert.Equal(true, capabilities[name]);
        }

        Assert.Equal("OrleansBroker", properties["product"]);
    }

    private static ConnectionStartOk StartOk(int filling) => new(
        new FieldTable([new("filling", new string('f', filling))]), "PLAIN", Encoding.UTF8.GetBytes("\0guest\0guest"), "en_US");
}

/// <summary>A broker that says it is RabbitMQ, for clients that ask.</summary>
public sealed class ClaimedProduct(ClaimedProduct.AsRabbitMq silo) : IClassFixture<ClaimedProduct.AsRabbitMq>
{
    [Fact]
    public async Task Product_and_version_are_what_the_configuration_says()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        var properties = (await client.ExpectAsync<ConnectionStart>()).ServerProperties;
        Assert.Equal(("RabbitMQ", "4.3.0"), (properties["product"], properties["version"]));
    }

    public sealed class AsRabbitMq : GatewaySilo
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
        {
            ["Broker:Amqp:Product"] = "RabbitMQ",
            ["Broker:Amqp:Version"] = "4.3.0",
        };
    }
}
