using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>What a login may get wrong, and methods of the connection that come at the wrong time.</summary>
[Collection(OneGateway.Name)]
public sealed class Handshakes(GatewaySilo silo)
{
    [Theory]
    [InlineData("SCRAM-SHA-256", "", 503, "COMMAND_INVALID - unknown authentication mechanism 'SCRAM-SHA-256'")]
    [InlineData("EXTERNAL", "", 503, "COMMAND_INVALID - unknown authentication mechanism 'EXTERNAL'")]
    [InlineData("PLAIN", "guest", 502, "SYNTAX_ERROR - PLAIN response invalid")]
    [InlineData("PLAIN", "\0guest\0guest\0", 502, "SYNTAX_ERROR - PLAIN response invalid")]
    [InlineData("AMQPLAIN", "", 502, "SYNTAX_ERROR - AMQPLAIN auth info is missing LOGIN or PASSWORD field")]
    public async Task A_response_that_says_nothing_is_told_what_is_wrong_with_it(string mechanism, string response, int code, string text)
    {
        await using var client = await StartAsync();
        await client.SendAsync(0, new ConnectionStartOk(FieldTable.Empty, mechanism, Encoding.UTF8.GetBytes(response), "en_US"));
        await client.ExpectConnectionErrorAsync((ushort)code, text);
    }

    [Fact]
    public async Task Nobody_is_challenged_and_a_response_to_no_challenge_is_out_of_place()
    {
        await using var client = await StartAsync();
        await client.SendAsync(0, new ConnectionSecureOk("42"u8.ToArray()));
        await client.ExpectConnectionErrorAsync(504, "CHANNEL_ERROR - unexpected method in connection state starting");
    }

    [Fact]
    public async Task A_connection_is_opened_once()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.SendAsync(0, new ConnectionOpen("/"));
        await client.ExpectConnectionErrorAsync(504, "CHANNEL_ERROR - unexpected method in connection state running");
    }

    [Fact]
    public async Task A_channel_before_the_connection_is_open_is_unexpected()
    {
        await using var client = await StartAsync();
        await client.SendAsync(1, new ChannelOpen());
        await client.ExpectConnectionErrorAsync(505, "UNEXPECTED_FRAME - type 1, 5 octets on channel 1");
    }

    [Fact]
    public async Task The_limits_are_proposed_that_RabbitMQ_proposes()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.LoginAsync("guest", "guest");
        Assert.Equal(new ConnectionTune(2047, 131_072, 60), await client.ExpectAsync<ConnectionTune>());
    }

    [Fact]
    public async Task As_many_channels_as_were_agreed_on_may_be_open_and_one_more_ends_the_connection()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.LoginAsync("guest", "guest");
        await client.ExpectAsync(MethodId.ConnectionTune);
        await client.SendAsync(0, new ConnectionTuneOk(2, 131_072, 0));
        await client.SendAsync(0, new ConnectionOpen("/"));
        await client.ExpectAsync(MethodId.ConnectionOpenOk);
        await client.OpenChannelAsync(1);
        await client.OpenChannelAsync(9);
        // One that is closed makes room.
        await client.SendAsync(1, new ChannelClose(200, "", MethodId.None));
        await client.ExpectAsync(MethodId.ChannelCloseOk);
        await client.OpenChannelAsync(2);
        await client.SendAsync(3, new ChannelOpen());
        await client.ExpectConnectionErrorAsync(530, "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)");
    }

    [Fact]
    public async Task Closing_is_answered_also_where_the_broker_closes_at_the_same_time()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        // The second method is an error, the close crosses the broker's own.
        await client.SendAsync(0, new ConnectionOpen("/"));
        await client.SendAsync(0, new ConnectionClose(200, "bye", MethodId.None));
        Assert.Equal(504, (await client.ExpectAsync<ConnectionClose>()).ReplyCode);
        await client.ExpectAsync(MethodId.ConnectionCloseOk);
        await client.SendAsync(0, MethodId.ConnectionCloseOk);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task What_comes_after_the_brokers_close_is_dropped()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        await client.SendAsync(WireClient.Frames(output =>
        {
            FrameWriter.WriteMethod(output, 1, new ChannelOpen());
            FrameWriter.WriteMethod(output, 1, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
            FrameWriter.WriteMethod(output, 2, new ChannelOpen());
        }));
        await client.ExpectConnectionErrorAsync(504, "CHANNEL_ERROR - second 'channel.open' seen");
    }

    private async Task<WireClient> StartAsync()
    {
        var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        await client.ExpectAsync(MethodId.ConnectionStart);
        return client;
    }
}
