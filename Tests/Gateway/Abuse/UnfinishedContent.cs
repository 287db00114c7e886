using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>Messages that are begun on many channels and not finished have a bound for all of them together.</summary>
[Collection(AbusedGateway.Name)]
public sealed class UnfinishedContent(AbusedSilo silo)
{
    private const string Refusal =
        "RESOURCE_ERROR - unfinished messages and transactions of the connection are larger than configured max size 8388608";

    private const int Piece = 120 * 1024;

    [Fact]
    public async Task Too_much_of_it_ends_the_connection_and_no_other()
    {
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        await using var client = await WireClient.OpenAsync(silo.Port);
        // One more than the bound holds.
        for (ushort channel = 1; channel <= (AbusedSilo.IncomingBytes / Piece) + 1; channel++)
        {
            await client.OpenChannelAsync(channel);
            await client.SendAsync(Begun(channel));
        }

        await client.ExpectConnectionErrorAsync(506, Refusal);
        await steady.AdvanceAsync(50);
    }

    [Fact]
    public async Task Headers_alone_take_nothing()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        for (ushort channel = 1; channel <= 2000; channel++)
        {
            await client.SendAsync(channel, new ChannelOpen());
            await client.SendAsync(Header(channel));
        }

        for (ushort channel = 1; channel <= 2000; channel++)
        {
            await client.ExpectAsync(MethodId.ChannelOpenOk);
        }

        await client.OpenChannelAsync(2001);
    }

    [Fact]
    public async Task What_is_finished_counts_no_more()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        await client.SendAsync(1, new ConfirmSelect(NoWait: true));
        for (ulong i = 1; i <= 3 * AbusedSilo.IncomingBytes / AbusedSilo.MaxMessageBytes; i++)
        {
            await client.SendAsync(WireClient.Publish("", "nobody", new byte[AbusedSilo.MaxMessageBytes]));
            Assert.Equal(i, (await client.ExpectAsync<BasicAck>()).DeliveryTag);
        }
    }

    [Fact]
    public async Task What_a_channel_that_failed_had_begun_counts_no_more_once_it_is_closed()
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        for (var round = 0; round <= 2 * AbusedSilo.IncomingBytes / Piece; round++)
        {
            await client.OpenChannelAsync();
            // Refused when its turn comes, while the next message is under way.
            await client.SendAsync((byte[])[.. WireClient.Publish("missing", "k", [1]), .. Begun(1)]);
            await client.ExpectChannelErrorAsync(404, "NOT_FOUND - no exchange 'missing' in vhost '/'");
        }
    }

    [Fact]
    public async Task Transactions_of_all_channels_together_are_bounded_too()
    {
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        await using var client = await WireClient.OpenAsync(silo.Port);
        for (ushort channel = 1; channel <= 4; channel++)
        {
            await client.OpenChannelAsync(channel);
            await client.SendAsync(channel, MethodId.TxSelect);
            await client.ExpectAsync(MethodId.TxSelectOk);
        }

        // Committed and rolled back, there is room again.
        foreach (var end in (MethodId[])[MethodId.TxCommit, MethodId.TxRollback])
        {
            await client.SendAsync(Large(2));
            await client.SendAsync(Large(2));
            await client.SendAsync(2, end);
            await client.ReadAsync();
        }

        for (ushort channel = 1; channel <= 4; channel++)
        {
            await client.SendAsync(Large(channel));
        }

        await client.ExpectConnectionErrorAsync(506, Refusal);
        await steady.AdvanceAsync(50);
    }

    private static byte[] Large(ushort channel) => WireClient.Publish("", "nobody", new byte[AbusedSilo.MaxMessageBytes], channel: channel);

    private static byte[] Header(ushort channel) => WireClient.Frames(output =>
    {
        output.Advance(FrameWriter.WriteMethod(output.GetSpan(64), channel, new BasicPublish { Exchange = default, RoutingKey = "k"u8 }));
        output.Advance(FrameWriter.WriteHeader(output.GetSpan(64), channel, AbusedSilo.MaxMessageBytes, []));
    });

    private static byte[] Begun(ushort channel) =>
        [.. Header(channel), .. WireClient.Frames(output => output.Advance(FrameWriter.WriteBody(output.GetSpan(Piece + 64), channel, new byte[Piece])))];
}
