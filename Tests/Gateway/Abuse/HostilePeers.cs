using System.Net.Sockets;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Abuse;

/// <summary>Peers that write slowly, lie about lengths, or never read; beside each of them one that behaves.</summary>
[Collection(AbusedGateway.Name)]
public sealed class HostilePeers(AbusedSilo silo)
{
    private const string Huge = "7FFFFFFF";

    [Fact]
    public async Task Many_that_write_an_octet_at_a_time_are_understood_and_hold_up_nobody()
    {
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SpeakAsync(octets => octets.Select(octet => new[] { octet }))));
        await steady.AdvanceAsync(50);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Frames_that_are_cut_anywhere_are_put_together(int seed)
    {
        var random = new Random(seed);
        await SpeakAsync(octets => Pieces(octets, random));
    }

    // After a channel was opened: frames whose sizes are not what follows, contents that are not what was announced.
    [Theory]
    [InlineData("010001" + Huge, 501)]
    [InlineData("020001" + Huge, 501)]
    [InlineData("010001FFFFFFFF", 501)]
    [InlineData("01000100000000CE", 501)]
    [InlineData("01000100000003003C00CE", 501)]
    [InlineData("0100010000000500140014010000", 501)]
    [InlineData("02000100000000CE", 501)]
    [InlineData("030001000000020102CE", 505)]
    [InlineData("0800000000000101CE", 501)]
    [InlineData("FF000100000000CE", 501)]
    // queue.declare whose table is longer than the frame, whose table lies about its fields, and with an array in it that does.
    [InlineData("010001" + "0000000E" + "0032000A0000" + "0171" + "00" + Huge + "01" + "CE", 502)]
    [InlineData("010001" + "00000014" + "0032000A0000" + "0171" + "00" + "00000007" + "0161" + "53" + Huge + "CE", 502)]
    [InlineData("010001" + "00000014" + "0032000A0000" + "0171" + "00" + "00000007" + "0161" + "41" + Huge + "CE", 502)]
    // basic.publish with a header that announces more than there may be, one of negative size, and one of another class.
    [InlineData("010001" + "00000009" + "003C00280000" + "00" + "00" + "00" + "CE" + "020001" + "0000000E" + "003C0000" + "7FFFFFFFFFFFFFFF" + "0000" + "CE", 501)]
    [InlineData("010001" + "00000009" + "003C00280000" + "00" + "00" + "00" + "CE" + "020001" + "0000000E" + "003C0000" + "FFFFFFFFFFFFFFFF" + "0000" + "CE", 501)]
    [InlineData("010001" + "00000009" + "003C00280000" + "00" + "00" + "00" + "CE" + "020001" + "0000000E" + "00320000" + "0000000000000001" + "0000" + "CE", 505)]
    // A body of three octets where one was announced.
    [InlineData(
        "010001" + "00000009" + "003C00280000" + "00" + "00" + "00" + "CE" + "020001" + "0000000E" + "003C0000" + "0000000000000001" + "0000" + "CE"
        + "030001" + "00000003" + "010203" + "CE",
        501)]
    public async Task A_lie_about_a_length_ends_its_connection_and_no_other(string octets, int replyCode)
    {
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        await client.SendAsync(Convert.FromHexString(octets));
        Assert.Equal(replyCode, (await client.ExpectAsync<ConnectionClose>()).ReplyCode);
        await client.SendAsync(0, MethodId.ConnectionCloseOk);
        await client.ExpectEndAsync();
        await steady.AdvanceAsync(10);
    }

    [Fact]
    public async Task A_peer_that_asks_and_never_reads_is_read_no_further_and_then_disconnected()
    {
        await using var steady = await SteadyPeer.StartAsync(silo.Port);
        await using var client = await WireClient.OpenAsync(silo.Port);
        await client.OpenChannelAsync();
        var queue = NativeCluster.Unique("q");
        await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Exclusive, FieldTable.Empty));
        await client.ExpectAsync(MethodId.QueueDeclareOk);
        var question = WireClient.Frames(output => FrameWriter.WriteMethod(output, 1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty)));
        var many = Enumerable.Repeat(question, 1000).SelectMany(octets => octets).ToArray();
        // It never ends by itself: the socket fills up, and then the connection is gone.
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                await client.SendAsync(many);
            }
        });
        await steady.AdvanceAsync(50);
        await silo.UntilConnectionsAsync(1);
    }

    // A whole conversation, written as the pieces say.
    private async Task SpeakAsync(Func<byte[], IEnumerable<byte[]>> cut)
    {
        await using var client = await WireClient.OpenAsync(silo.Port);
        var queue = NativeCluster.Unique("slow");
        var body = Enumerable.Range(0, 700).Select(i => (byte)i).ToArray();
        var octets = WireClient.Frames(output =>
        {
            FrameWriter.WriteMethod(output, 1, new ChannelOpen());
            FrameWriter.WriteMethod(output, 1, new QueueDeclare(queue, QueueDeclareFlags.Exclusive, FieldTable.Empty));
            FrameWriter.WriteHeartbeat(output);
            for (var i = 0; i < 3; i++)
            {
                System.Buffers.BuffersExtensions.Write(output, WireClient.Publish("", queue, body, frameMax: 300));
            }

            FrameWriter.WriteMethod(output, 1, new BasicConsume(queue, "c", BasicConsumeFlags.NoAck, FieldTable.Empty));
        });
        foreach (var piece in cut(octets))
        {
            await client.SendAsync(piece);
        }

        await client.ExpectAsync(MethodId.ChannelOpenOk);
        await client.ExpectAsync(MethodId.QueueDeclareOk);
        await client.ExpectAsync(MethodId.BasicConsumeOk);
        for (var i = 0; i < 3; i++)
        {
            await client.ExpectAsync(MethodId.BasicDeliver);
            Assert.Equal(body, (await client.ReadContentAsync()).Body);
        }
    }

    private static IEnumerable<byte[]> Pieces(byte[] octets, Random random)
    {
        for (var at = 0; at < octets.Length;)
        {
            var length = Math.Min(octets.Length - at, random.Next(1, 40));
            yield return octets[at..(at + length)];
            at += length;
        }
    }
}
