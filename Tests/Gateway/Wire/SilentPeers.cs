using OrleansBroker.Amqp.Frames;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Wire;

/// <summary>Peers that connect and say nothing.</summary>
internal static class SilentPeers
{
    /// <summary>So many come to the port at once: all are disconnected, and when they are gone there is room for another connection.</summary>
    public static async Task OutlastSilentPeersAsync(this GatewaySilo silo, int port, int count)
    {
        var silent = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => WireClient.ConnectAsync(port)));
        await Task.WhenAll(silent.Select(client => client.ExpectEndAsync()));
        foreach (var client in silent)
        {
            await client.DisposeAsync();
        }

        await NativeCluster.Until(
            async () =>
            {
                await using var client = await WireClient.ConnectAsync(silo.Port);
                await client.SendAsync(ProtocolHeader.Supported.ToArray());
                return await client.ReadAsync() is not null;
            },
            "room for a connection");
    }
}
