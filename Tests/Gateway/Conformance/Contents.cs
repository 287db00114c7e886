using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Bodies and tables of awkward sizes, and frames in an order that is none.</summary>
[Collection(OneGateway.Name)]
public sealed class Contents(GatewaySilo silo) : WireTest(silo)
{
    // What a body frame of the smallest frame-max that may be agreed on holds.
    private const int SmallFrameMax = 4096;
    private const int SmallBody = SmallFrameMax - 8;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(SmallBody - 1)]
    [InlineData(SmallBody)]
    [InlineData(SmallBody + 1)]
    [InlineData(2 * SmallBody)]
    [InlineData((2 * SmallBody) + 1)]
    [InlineData(131_064)]
    [InlineData(131_065)]
    [InlineData(1_000_000)]
    public async Task A_body_of_any_size_arrives_got_delivered_and_returned_in_frames_that_its_receiver_takes(int size)
    {
        var body = new byte[size];
        new Random(size).NextBytes(body);
        var queue = await DeclareAsync();
        await using var small = await WireClient.OpenAsync(Silo.Port, frameMax: SmallFrameMax);
        await small.OpenChannelAsync();
        foreach (var client in (WireClient[])[small, Client])
        {
            var frameMax = client == small ? SmallFrameMax : 131_072;
            await client.SendAsync(WireClient.Publish("", queue, body, frameMax: frameMax));
            await client.SendAsync(1, new BasicGet(queue, NoAck: false));
            await ExpectAsync(client, MethodId.BasicGetOk, body, frameMax);
            await client.SendAsync(1, new BasicReject(1, Requeue: true));
            await client.SendAsync(1, new BasicConsume(queue, "c", BasicConsumeFlags.NoAck | BasicConsumeFlags.NoWait, FieldTable.Empty));
            await ExpectAsync(client, MethodId.BasicDeliver, body, frameMax);
            await client.SendAsync(1, new BasicCancel("c", NoWait: true));
            await client.SendAsync(WireClient.Publish("amq.direct", queue, body, mandatory: true, frameMax: frameMax));
            await ExpectAsync(client, MethodId.BasicReturn, body, frameMax);
        }
    }

    [Fact]
    public async Task A_body_may_come_in_pieces_of_any_size_even_of_none()
    {
        var queue = await DeclareAsync();
        await Client.SendAsync(WireClient.Frames(output =>
        {
            output.Advance(FrameWriter.WriteMethod(output.GetSpan(512), 1, new BasicPublish { Exchange = default, RoutingKey = System.Text.Encoding.UTF8.GetBytes(queue) }));
            output.Advance(FrameWriter.WriteHeader(output.GetSpan(64), 1, 3, []));
            foreach (var piece in (byte[][])[[], [1], [], [2, 3]])
            {
                output.Advance(FrameWriter.WriteBody(output.GetSpan(64), 1, piece));
            }
        }));
        await Client.SendAsync(1, new BasicGet(queue, NoAck: true));
        await ExpectAsync(Client, MethodId.BasicGetOk, [1, 2, 3], 131_072);
    }

    [Fact]
    public async Task A_header_with_a_weight_is_none()
    {
        await Client.SendAsync(Publish(new byte[] { 0, 60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
        await Client.ExpectConnectionErrorAsync(
            505, "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead");
    }

    [Fact]
    public async Task A_header_of_another_class_is_unexpected()
    {
        await Client.SendAsync(Publish(new byte[] { 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
        await Client.ExpectConnectionErrorAsync(
            505, "UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead");
    }

    [Fact]
    public async Task Nothing_comes_behind_a_message_without_a_body()
    {
        byte[] empty = [3, 0, 1, 0, 0, 0, 0, Frame.End];
        await Client.SendAsync((byte[])[.. Publish([0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), .. empty]);
        await Client.ExpectConnectionErrorAsync(505, "UNEXPECTED_FRAME - expected method frame, got non method frame instead");
    }

    [Fact]
    public async Task A_method_in_place_of_a_body_is_unexpected()
    {
        byte[] header = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0];
        await Client.SendAsync((byte[])[.. Publish(header), .. WireClient.Frames(output => FrameWriter.WriteMethod(output, 1, new ChannelFlow(true)))]);
        await Client.ExpectConnectionErrorAsync(505, "UNEXPECTED_FRAME - expected content body, got non content body frame instead");
    }

    [Theory]
    [InlineData(new byte[] { 5, 0, 1, 0, 0, 0, 0, Frame.End })]
    [InlineData(new byte[] { 1, 0, 1, 0, 0, 0, 4, 0, 20, 0, 10, 0 })]
    [InlineData(new byte[] { 8, 0, 0, 0, 0, 0, 1, 0, Frame.End })]
    public async Task What_is_no_frame_ends_the_connection(byte[] octets)
    {
        await Client.SendAsync(octets);
        var close = await Client.ExpectAsync<ConnectionClose>();
        Assert.Equal(501, close.ReplyCode);
        Assert.StartsWith("FRAME_ERROR - ", close.ReplyText);
    }

    [Theory]
    [InlineData(0, 30, 0, 99, 540)]
    [InlineData(0, 99, 0, 10, 540)]
    [InlineData(0, 60, 0, 60, 503)]
    public async Task A_method_that_nobody_knows_or_that_is_the_servers_ends_the_connection(byte a, byte b, byte c, byte d, int code)
    {
        await Client.SendAsync(new byte[] { 1, 0, 1, 0, 0, 0, 4, a, b, c, d, Frame.End });
        Assert.Equal(code, (await Client.ExpectAsync<ConnectionClose>()).ReplyCode);
    }

    [Fact]
    public async Task A_name_that_is_no_UTF8_is_a_frame_error()
    {
        var octets = WireClient.Frames(output => FrameWriter.WriteMethod(output, 1, new QueueDeclare("xx", QueueDeclareFlags.None, FieldTable.Empty)));
        octets[14] = 0xC3;
        octets[15] = 0x28;
        await Client.SendAsync(octets);
        await Client.ExpectConnectionErrorAsync(501, "FRAME_ERROR - Malformed UTF-8 in shortstr");
    }

    [Fact]
    public async Task Large_tables_pass_in_headers_and_in_arguments()
    {
        var table = Table([.. Enumerable.Range(0, 1000).Select(i => ($"name-{i}", (object?)new string('v', 80)))]);
        var queue = NativeCluster.Unique("large");
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, table));
        await Client.ExpectAsync(MethodId.QueueDeclareOk);
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties { Headers = table });
        await Client.SendAsync(WireClient.Publish("", queue, [1], properties: properties));
        Assert.Equal(properties, await GetAsync(queue));
        await Client.SendAsync(1, new QueueBind(queue, "amq.headers", "", NoWait: false, table));
        await Client.ExpectAsync(MethodId.QueueBindOk);
        await Client.SendAsync(WireClient.Publish("amq.headers", "", [1], properties: properties));
        Assert.Equal(properties, await GetAsync(queue));
    }

    [Fact]
    public async Task A_heartbeat_comes_while_nothing_else_does()
    {
        await using var client = await WireClient.OpenAsync(Silo.Port, heartbeat: 1);
        for (var i = 0; i < 2; i++)
        {
            var beat = (await client.ReadAnyAsync())!;
            Assert.Equal((FrameType.Heartbeat, 0, 0), (beat.Type, (int)beat.Channel, beat.Payload.Length));
            await client.SendAsync(new byte[] { 8, 0, 0, 0, 0, 0, 0, Frame.End });
        }
    }

    private static async Task ExpectAsync(WireClient client, MethodId method, byte[] body, int frameMax)
    {
        await client.ExpectAsync(method);
        var header = ContentHeader.Read((await client.ReadAsync())!.Payload);
        Assert.Equal((ulong)body.Length, header.BodySize);
        var received = new List<byte>();
        while (received.Count < body.Length)
        {
            var frame = (await client.ReadAsync())!;
            Assert.Equal(FrameType.Body, frame.Type);
            Assert.InRange(frame.Payload.Length, 1, frameMax - 8);
            received.AddRange(frame.Payload);
        }

        Assert.Equal(body, received);
    }

    private static byte[] Publish(byte[] header)
    {
        var publish = WireClient.Frames(output =>
            output.Advance(FrameWriter.WriteMethod(output.GetSpan(64), 1, new BasicPublish { Exchange = default, RoutingKey = "k"u8 })));
        return [.. publish, 2, 0, 1, 0, 0, 0, (byte)header.Length, .. header, Frame.End];
    }
}
