using System.Globalization;
using System.Net.Sockets;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;
using Xunit.Abstractions;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>
/// A gateway that runs, under conversations of spoilt frames: <c>ORLEANSBROKER_FUZZ_CONVERSATIONS</c> says how many,
/// <c>ORLEANSBROKER_FUZZ_SEED</c> which.
/// </summary>
[Collection(AbusedGateway.Name)]
public sealed class LiveFuzzing(AbusedSilo silo, ITestOutputHelper output)
{
    private const int DefaultConversations = 400;
    private const int SideBySide = 8;

    [Fact]
    public async Task Whatever_a_peer_sends_its_connection_is_answered_or_closed_and_others_go_on()
    {
        var count = Setting("ORLEANSBROKER_FUZZ_CONVERSATIONS") ?? DefaultConversations;
        var seed = Setting("ORLEANSBROKER_FUZZ_SEED") ?? Random.Shared.Next();
        output.WriteLine($"ORLEANSBROKER_FUZZ_SEED={seed}, {count} conversations");
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        await Parallel.ForEachAsync(
            Enumerable.Range(seed, count), new ParallelOptions { MaxDegreeOfParallelism = SideBySide }, async (number, _) => await HoldAsync(number));
        await steady.AdvanceAsync(50);
        await silo.UntilConnectionsAsync(1);
    }

    // What the peer sends last is a close: it is answered, or the connection was closed for what came before.
    private async Task HoldAsync(int seed)
    {
        var frames = new RandomFrames(seed, NativeCluster.Unique("f")[..8]).Conversation();
        await using var client = await WireClient.OpenAsync(silo.Port);
        try
        {
            await client.SendAsync(frames);
            await client.SendAsync(0, new ConnectionClose(200, "", MethodId.None));
            // A spoilt length may have made the close a part of something else: that ends with the socket.
            client.EndSending();
            while (await client.ReadAsync() is { } frame && frame.Method != MethodId.ConnectionCloseOk)
            {
                if (frame.Method == MethodId.ChannelClose)
                {
                    var close = frame.As<ChannelClose>();
                    Assert.True(close.ReplyCode != ReplyCodes.InternalError, $"seed {seed}: {close}");
                }
                else if (frame.Method == MethodId.ConnectionClose)
                {
                    var close = frame.As<ConnectionClose>();
                    Assert.True(close.ReplyCode != ReplyCodes.InternalError, $"seed {seed}: {close}");
                    return;
                }
            }
        }
        catch (SocketException failure)
        {
            // It hung up while the peer still wrote.
            Assert.True(failure.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown, $"seed {seed}: {failure}");
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"seed {seed}: neither an answer nor an end");
        }
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
