using System.Net.NetworkInformation;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>The end of a connection is limited as its beginning is.</summary>
public sealed class FarewellTests(FarewellTests.Hasty silo) : IClassFixture<FarewellTests.Hasty>
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_peer_that_closes_and_takes_nothing_is_cut_off(bool overTls, bool halfClosed)
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        var queue = NativeCluster.Unique("q");
        await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
        await client.ExpectAsync(MethodId.QueueDeclareOk);
        await using var deaf = await (overTls
            ? WireClient.ConnectAsync(silo.TlsPort, silo.Authority.Client())
            : WireClient.ConnectAsync(silo.Port));
        await deaf.OpenAsync();
        await deaf.OpenChannelAsync();
        await deaf.SendAsync(1, new BasicConsume(queue, "", BasicConsumeFlags.NoAck, FieldTable.Empty));
        await deaf.ExpectAsync(MethodId.BasicConsumeOk);
        var body = new byte[64 * 1024];
        for (var i = 0; i < 400; i++)
        {
            await client.SendAsync(WireClient.Publish("", queue, body));
        }

        await deaf.SendAsync(0, new ConnectionClose(200, "bye", MethodId.None));
        if (halfClosed)
        {
            deaf.EndSending();
        }

        // Cut off, the server's socket is gone while this one has not read a thing.
        await NativeCluster.Until(
            () => Task.FromResult(!IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Any(socket =>
                socket.RemoteEndPoint.Equals(deaf.LocalEndPoint) && socket.State is TcpState.Established or TcpState.CloseWait)),
            "the end of the server's socket");
    }

    public sealed class Hasty : TlsSilo
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(base.Settings)
        {
            ["Broker:Amqp:CloseTimeout"] = "00:00:01",
            // More than is sent: a connection that has too much to send would not read the close.
            ["Broker:Amqp:OutgoingBytes"] = "67108864",
        };
    }
}
