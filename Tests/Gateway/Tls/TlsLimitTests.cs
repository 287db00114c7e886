using System.Security.Cryptography.X509Certificates;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>The limits of connections hold inside TLS and before it.</summary>
public sealed class TlsLimitTests(TlsLimitTests.Strict silo) : IClassFixture<TlsLimitTests.Strict>, IDisposable
{
    private const int MostConnections = 50;

    private readonly X509Certificate2 _certificate = silo.Authority.Issue("O=Machines, CN=ada");

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task A_peer_that_never_finishes_the_handshake_is_disconnected_and_counts_until_then()
    {
        await silo.OutlastSilentPeersAsync(silo.TlsPort, 8 * MostConnections);
    }

    [Fact]
    public async Task Half_a_handshake_is_none()
    {
        await using var client = await WireClient.ConnectAsync(silo.TlsPort);
        // The head of a record that never comes.
        await client.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1 });
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_peer_that_speaks_no_TLS_is_disconnected()
    {
        await using var client = await WireClient.ConnectAsync(silo.TlsPort);
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        while (await client.ReadOctetsAsync(1024) is { Length: 1024 })
        {
            // An alert may come first, and is no frame.
        }
    }

    [Fact]
    public Task A_peer_without_a_certificate_is_refused_where_one_is_required() => TlsTests.AssertRefusedAsync(silo, silo.Authority.Client());

    [Fact]
    public async Task The_common_name_may_be_the_user()
    {
        await using var client = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client(_certificate));
        await client.SendAsync(ProtocolHeader.Supported.ToArray());
        await client.ExpectAsync<ConnectionStart>();
        await client.SendAsync(0, new ConnectionStartOk(FieldTable.Empty, "EXTERNAL", default, "en_US"));
        await client.ExpectAsync(MethodId.ConnectionTune);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_disconnected_and_its_consumer_goes()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        var queue = NativeCluster.Unique("q");
        await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
        await client.ExpectAsync(MethodId.QueueDeclareOk);
        await using var deaf = await WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client(_certificate));
        await deaf.OpenAsync();
        await deaf.OpenChannelAsync();
        await deaf.SendAsync(1, new BasicConsume(queue, "", BasicConsumeFlags.NoAck, FieldTable.Empty));
        await deaf.ExpectAsync(MethodId.BasicConsumeOk);
        var body = new byte[64 * 1024];
        const int Messages = 400;
        for (var i = 0; i < Messages; i++)
        {
            await client.SendAsync(WireClient.Publish("", queue, body));
        }

        uint left = 0;
        await NativeCluster.Until(
            async () =>
            {
                await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
                var status = await client.ExpectAsync<QueueDeclareOk>();
                left = status.MessageCount;
                return status.ConsumerCount == 0;
            },
            "the deaf consumer's end");
        // It had a whole second to be sent everything: what the queue has kept was held back.
        Assert.InRange((int)left, Messages / 4, Messages);
    }

    public sealed class Strict : TlsSilo
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(base.Settings)
        {
            ["Broker:Amqp:Tls:ClientCertificates"] = "Required",
            ["Broker:Amqp:Tls:UserFrom"] = "CommonName",
            ["Broker:Amqp:HandshakeTimeout"] = "00:00:03",
            ["Broker:Amqp:WriteTimeout"] = "00:00:01",
            ["Broker:Amqp:MaxConnections"] = $"{MostConnections}",
            ["Broker:Access:Users:ada:Permissions:*:Read"] = ".*",
        };
    }
}
