using System.Buffers.Binary;
using System.Security.Authentication;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>AMQP on the port for TLS.</summary>
[Collection(OneTlsGateway.Name)]
public sealed class TlsTests(TlsSilo silo)
{
    private const string PasswordMechanisms = "PLAIN AMQPLAIN";

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_publishes_and_gets(SslProtocols version)
    {
        await using var client = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client(protocols: version));
        Assert.Equal(version, client.Tls.SslProtocol);
        await client.OpenAsync();
        await client.OpenChannelAsync();
        await client.SendAsync(1, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
        var queue = (await client.ExpectAsync<QueueDeclareOk>()).Queue;
        await client.PublishAsync("", queue, "private");
        await client.SendAsync(1, new BasicGet("", true));
        await client.ExpectAsync(MethodId.BasicGetOk);
        Assert.Equal("private", Encoding.UTF8.GetString((await client.ReadContentAsync()).Body));
        await client.SendAsync(0, new ConnectionClose(200, "bye", MethodId.None));
        await client.ExpectAsync(MethodId.ConnectionCloseOk);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_certificate_that_is_accepted_logs_in_without_a_password()
    {
        using var certificate = silo.Authority.Issue("O=Engines, CN=ada");
        await using var client = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client(certificate));
        await LoginByCertificateAsync(client, PasswordMechanisms + " EXTERNAL");
        await client.ExpectAsync(MethodId.ConnectionTune);
        await client.SendAsync(0, new ConnectionTuneOk(2047, 131_072, 0));
        await client.SendAsync(0, new ConnectionOpen("/"));
        await client.ExpectAsync(MethodId.ConnectionOpenOk);
    }

    [Fact]
    public async Task A_certificate_of_nobody_who_is_known_logs_nobody_in()
    {
        using var certificate = silo.Authority.Issue("CN=ada");
        await using var client = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client(certificate));
        await LoginByCertificateAsync(client, PasswordMechanisms + " EXTERNAL");
        await client.ExpectConnectionErrorAsync(
            403, "ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. For details see the broker logfile.");
    }

    [Fact]
    public async Task Without_a_certificate_there_is_no_external_login()
    {
        await using var client = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client());
        await LoginByCertificateAsync(client, PasswordMechanisms);
        await client.ExpectConnectionErrorAsync(503, "COMMAND_INVALID - unknown authentication mechanism 'EXTERNAL'");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_of_another_authority_or_of_the_past_is_refused(bool expired)
    {
        using var other = new TestAuthority();
        using var certificate = (expired ? silo.Authority : other).Issue("O=Engines, CN=ada", expired);
        await AssertRefusedAsync(silo, silo.Authority.Client(certificate));
    }

    [Fact]
    public async Task What_is_sent_to_a_slow_reader_of_many_channels_arrives_whole_and_in_order()
    {
        const int Channels = 4;
        const int Messages = 500;
        var exchange = NativeCluster.Unique("x");
        await using var publisher = await WireClient.OpenAsync(silo.Port);
        await publisher.OpenChannelAsync();
        await publisher.SendAsync(1, new ExchangeDeclare(exchange, "fanout", ExchangeDeclareFlags.None, FieldTable.Empty));
        await publisher.ExpectAsync(MethodId.ExchangeDeclareOk);
        await using var reader = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client());
        await reader.OpenAsync();
        for (ushort channel = 1; channel <= Channels; channel++)
        {
            await reader.OpenChannelAsync(channel);
            await reader.SendAsync(channel, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
            await reader.ExpectAsync(MethodId.QueueDeclareOk);
            await reader.SendAsync(channel, new QueueBind("", exchange, "", false, FieldTable.Empty));
            await reader.ExpectAsync(MethodId.QueueBindOk);
            await reader.SendAsync(channel, new BasicConsume("", "", BasicConsumeFlags.NoAck, FieldTable.Empty));
            await reader.ExpectAsync(MethodId.BasicConsumeOk);
        }

        // All of it first: the reader takes nothing meanwhile, and what it is sent gathers, waits and goes on.
        for (var i = 0; i < Messages; i++)
        {
            await publisher.SendAsync(WireClient.Publish(exchange, "", Body(i)));
        }

        await publisher.SendAsync(1, new ExchangeDeclare(exchange, "fanout", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        await publisher.ExpectAsync(MethodId.ExchangeDeclareOk);
        var next = new int[Channels + 1];
        for (var i = 0; i < Channels * Messages; i++)
        {
            var channel = (await reader.ExpectAsync(MethodId.BasicDeliver)).Channel;
            Assert.Equal(Body(next[channel]++), (await reader.ReadContentAsync()).Body);
        }
    }

    internal static async Task AssertRefusedAsync(TlsSilo silo, System.Net.Security.SslClientAuthenticationOptions options)
    {
        // With TLS 1.3 the client is done before the server has looked at its certificate.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var client = await WireClient.ConnectAsync(silo.TlsPort, options);
            await client.SendAsync(ProtocolHeader.Supported.ToArray());
            Assert.NotEmpty(await client.ReadOctetsAsync(1));
        });
    }

    private static async Task LoginByCertificateAsync(WireClient client, string offered)
    {
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        Assert.Equal(offered, (await client.ExpectAsync<ConnectionStart>()).Mechanisms);
        var capable = new FieldTable([new("capabilities", new FieldTable([new("authentication_failure_close", true)]))]);
        await client.SendAsync(0, new ConnectionStartOk(capable, "EXTERNAL", default, "en_US"));
    }

    private static byte[] Body(int number)
    {
        var body = new byte[sizeof(int) + (number * 37 % 20_000)];
        body.AsSpan().Fill((byte)number);
        BinaryPrimitives.WriteInt32BigEndian(body, number);
        return body;
    }
}
