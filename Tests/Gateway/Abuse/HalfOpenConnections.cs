using System.Globalization;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>
/// Connections that get no further than somewhere in the handshake: <c>ORLEANSBROKER_HALF_OPEN</c> says how many; each takes two
/// file handles here.
/// </summary>
[Collection(AbusedGateway.Name)]
public sealed class HalfOpenConnections(AbusedSilo silo)
{
    private const int DefaultConnections = 600;

    [Fact]
    public async Task They_hold_up_nobody_and_end_by_themselves()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("ORLEANSBROKER_HALF_OPEN"), CultureInfo.InvariantCulture, out var set)
            ? set
            : DefaultConnections;
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        var half = new List<WireClient>();
        for (var i = 0; i < count; i++)
        {
            var client = await WireClient.ConnectAsync(silo.Port);
            half.Add(client);
            await client.SendAsync(Beginning(i % 4));
            if (i % (count / 10) == 0)
            {
                await steady.AdvanceAsync(10);
            }
        }

        await steady.AdvanceAsync(100);
        // A login that is cut off in the middle lasts no longer than one that never began.
        foreach (var client in half)
        {
            await client.DrainAsync();
            await client.DisposeAsync();
        }

        await silo.UntilConnectionsAsync(1);
        await steady.AdvanceAsync(10);
    }

    private static byte[] Beginning(int how) => how switch
    {
        0 => [],
        1 => ProtocolHeader.Supported[..5].ToArray(),
        2 => ProtocolHeader.Supported.ToArray(),
        // The header, and a method frame whose payload never comes.
        _ => [.. ProtocolHeader.Supported, 1, 0, 0, 0, 0, 1, 0, 0, 10, 0, 11],
    };
}
