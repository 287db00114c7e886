using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway;

/// <summary>From the first octet to connection.open-ok, and back.</summary>
[Collection(OneGateway.Name)]
public sealed class HandshakeTests(GatewaySilo silo)
{
    private static readonly FieldTable ToldOfRefusals = new(
        [new("capabilities", new FieldTable([new("authentication_failure_close", true)]))]);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("AMQP\0\0\u0008\0")]
    public async Task Another_protocol_is_answered_with_the_header_of_this_one(string greeting)
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(Encoding.Latin1.GetBytes(greeting));
        Assert.Equal(ProtocolHeader.Supported.ToArray(), await client.ReadOctetsAsync(ProtocolHeader.Size));
    }

    [Fact]
    public async Task Frames_may_come_one_octet_at_a_time()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        var octets = WireClient.Frames(output =>
        {
            FrameWriter.WriteMethod(output, 1, new ChannelOpen());
            FrameWriter.WriteMethod(output, 1, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
        });
        foreach (var octet in octets)
        {
            await client.SendAsync(new[] { octet });
        }

        await client.ExpectAsync(MethodId.ChannelOpenOk);
        Assert.StartsWith("amq.gen-", (await client.ExpectAsync<QueueDeclareOk>()).Queue);
    }

    [Fact]
    public async Task A_refused_login_is_told_to_a_client_that_wants_to_know()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.LoginAsync("guest", "wrong", ToldOfRefusals);
        await client.ExpectConnectionErrorAsync(
            403, "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.");
    }

    [Fact]
    public async Task Limits_beyond_the_servers_are_refused()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.LoginAsync("guest", "guest");
        await client.ExpectAsync(MethodId.ConnectionTune);
        await client.SendAsync(0, new ConnectionTuneOk(2047, 0, 0));
        await client.ExpectConnectionErrorAsync(
            530, "NOT_ALLOWED - negotiated frame_max = 0 is higher than the maximum allowed value (131072)");
    }

    [Theory]
    [InlineData("guest", "nirvana", "NOT_ALLOWED - vhost nirvana not found")]
    [InlineData("nowhere", "/", "NOT_ALLOWED - access to vhost '/' refused for user 'nowhere'")]
    public async Task A_virtual_host_that_one_may_not_enter_is_refused(string user, string virtualHost, string text)
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.LoginAsync(user, user);
        await client.ExpectAsync(MethodId.ConnectionTune);
        await client.SendAsync(0, new ConnectionTuneOk(2047, 131_072, 0));
        await client.SendAsync(0, new ConnectionOpen(virtualHost));
        await client.ExpectConnectionErrorAsync(530, text);
    }

    [Fact]
    public async Task A_method_out_of_state_is_a_channel_error()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        await client.ExpectAsync(MethodId.ConnectionStart);
        await client.SendAsync(0, new ConnectionOpen("/"));
        await client.ExpectConnectionErrorAsync(504, "CHANNEL_ERROR - unexpected method in connection state starting");
    }

    [Fact]
    public async Task Amqplain_logs_in_too()
    {
        await using var client = await WireClient.ConnectAsync(silo.Port);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        var start = await client.ExpectAsync<ConnectionStart>();
        Assert.Contains("AMQPLAIN", start.Mechanisms);
        var login = FieldTableWriter.ToArray(new FieldTable([new("LOGIN", "guest"), new("PASSWORD", "guest")]));
        await client.SendAsync(0, new ConnectionStartOk(FieldTable.Empty, "AMQPLAIN", login.AsMemory(4), "en_US"));
        await client.ExpectAsync(MethodId.ConnectionTune);
    }

    [Fact]
    public async Task Close_is_confirmed_after_all_that_came_before_it_is_applied()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        var queue = Native.NativeCluster.Unique("kept");
        await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
        await client.ExpectAsync(MethodId.QueueDeclareOk);
        await client.PublishAsync("", queue, "last words");
        await client.SendAsync(0, new ConnectionClose(200, "bye", MethodId.None));
        await client.ExpectAsync(MethodId.ConnectionCloseOk);
        await client.ExpectEndAsync();

        await using var other = await WireClient.OpenAsync(silo.Port);
        await other.OpenChannelAsync();
        await other.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        Assert.Equal(1u, (await other.ExpectAsync<QueueDeclareOk>()).MessageCount);
    }
}
