using System.Buffers;
using System.Text;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway;

/// <summary>Channels: what they answer, how they close, what closes the connection.</summary>
[Collection(OneGateway.Name)]
public sealed class ChannelTests(GatewaySilo silo) : IAsyncLifetime
{
    private WireClient _client = null!;

    public async Task InitializeAsync()
    {
        _client = await WireClient.OpenAsync(silo.Port);
        await _client.OpenChannelAsync();
    }

    public Task DisposeAsync() => _client.DisposeAsync().AsTask();

    [Fact]
    public async Task Publishes_are_confirmed_in_order_and_none_is_left_out()
    {
        var queue = await DeclareAsync();
        await _client.SendAsync(1, new ConfirmSelect(NoWait: false));
        await _client.ExpectAsync(MethodId.ConfirmSelectOk);
        await _client.SendAsync(Enumerable.Range(0, 500).SelectMany(i => WireClient.Publish("", queue, Encoding.UTF8.GetBytes($"m{i}"))).ToArray());
        for (ulong confirmed = 0; confirmed < 500;)
        {
            var ack = await _client.ExpectAsync<BasicAck>();
            Assert.True(ack.DeliveryTag > confirmed && (ack.Multiple || ack.DeliveryTag == confirmed + 1));
            confirmed = ack.DeliveryTag;
        }
    }

    [Fact]
    public async Task A_message_comes_back_before_it_is_confirmed_and_octet_for_octet()
    {
        await _client.SendAsync(1, new ConfirmSelect(NoWait: true));
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties { Headers = new FieldTable([new("n", (short)7), new("t", true)]) });
        await _client.PublishAsync("amq.direct", "nobody", "x", mandatory: true, properties);
        await _client.ExpectAsync(MethodId.BasicReturn);
        var (returned, body) = await _client.ReadContentAsync();
        Assert.Equal(properties, returned);
        Assert.Equal("x"u8.ToArray(), body);
        Assert.Equal(1ul, (await _client.ExpectAsync<BasicAck>()).DeliveryTag);
    }

    [Fact]
    public async Task Who_deletes_the_queue_it_consumes_from_is_answered_before_it_is_told_that_its_consumer_ended()
    {
        var properties = new FieldTable([new("capabilities", new FieldTable([new("consumer_cancel_notify", true)]))]);
        await using var client = await WireClient.OpenAsync(silo.Port, properties: properties);
        await client.OpenChannelAsync();
        for (var i = 0; i < 20; i++)
        {
            var queue = NativeCluster.Unique("q");
            await client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
            await client.ExpectAsync(MethodId.QueueDeclareOk);
            await client.SendAsync(1, new BasicConsume(queue, "c", BasicConsumeFlags.None, FieldTable.Empty));
            await client.ExpectAsync(MethodId.BasicConsumeOk);
            await client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.None));
            await client.ExpectAsync(MethodId.QueueDeleteOk);
            Assert.Equal("c", (await client.ExpectAsync<BasicCancel>()).ConsumerTag);
        }
    }

    [Fact]
    public async Task A_missing_exchange_closes_the_channel_and_what_came_before_stands()
    {
        var queue = await DeclareAsync();
        await _client.SendAsync(1, new ConfirmSelect(NoWait: true));
        await _client.SendAsync(
            (byte[])[.. WireClient.Publish("", queue, [1]), .. WireClient.Publish("missing", "k", [2]), .. WireClient.Publish("", queue, [3])]);
        Assert.Equal(1ul, (await _client.ExpectAsync<BasicAck>()).DeliveryTag);
        await _client.ExpectChannelErrorAsync(404, "NOT_FOUND - no exchange 'missing' in vhost '/'");
        await _client.OpenChannelAsync();
        await _client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        Assert.Equal(1u, (await _client.ExpectAsync<QueueDeclareOk>()).MessageCount);
    }

    [Theory]
    [InlineData("amq.rabbitmq.trace", null, null, 403, "ACCESS_REFUSED - cannot publish to internal exchange 'amq.rabbitmq.trace' in vhost '/'")]
    [InlineData("amq.direct", "1s", null, 406, "PRECONDITION_FAILED - invalid expiration '1s': {leftover_string,\"s\"}")]
    [InlineData("amq.direct", null, "root", 406, "PRECONDITION_FAILED - user_id property set to 'root' but authenticated user was 'guest'")]
    public async Task A_publish_is_refused_in_RabbitMQs_words(string exchange, string? expiration, string? userId, int code, string text)
    {
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties { Expiration = expiration, UserId = userId });
        await _client.PublishAsync(exchange, "k", "x", properties: properties);
        await _client.ExpectChannelErrorAsync((ushort)code, text);
    }

    [Fact]
    public async Task A_message_that_is_too_large_closes_its_channel_only()
    {
        var header = WireClient.Frames(output =>
        {
            output.Advance(FrameWriter.WriteMethod(output.GetSpan(64), 1, new BasicPublish { Exchange = default, RoutingKey = "k"u8 }));
            output.Advance(FrameWriter.WriteHeader(output.GetSpan(64), 1, 17 * 1024 * 1024, []));
        });
        await _client.SendAsync(header);
        await _client.ExpectChannelErrorAsync(
            406, "PRECONDITION_FAILED - message size 17825792 is larger than configured max size 16777216");
        await _client.OpenChannelAsync();
    }

    [Fact]
    public async Task A_body_that_is_longer_than_announced_ends_the_connection()
    {
        var octets = WireClient.Frames(output =>
        {
            output.Advance(FrameWriter.WriteMethod(output.GetSpan(64), 1, new BasicPublish { Exchange = default, RoutingKey = "k"u8 }));
            output.Advance(FrameWriter.WriteHeader(output.GetSpan(64), 1, 1, []));
            output.Advance(FrameWriter.WriteBody(output.GetSpan(64), 1, [1, 2]));
        });
        await _client.SendAsync(octets);
        await _client.ExpectConnectionErrorAsync(501, "FRAME_ERROR - content body frame exceeds remaining content size");
    }

    [Fact]
    public async Task A_frame_that_claims_to_be_huge_ends_the_connection_at_once()
    {
        await _client.SendAsync(new byte[] { 1, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF, 0 });
        Assert.Equal(501, (await _client.ExpectAsync<ConnectionClose>()).ReplyCode);
    }

    [Fact]
    public async Task A_channel_is_opened_once_and_before_anything_else()
    {
        await _client.SendAsync(2, new QueueDeclare("", QueueDeclareFlags.None, FieldTable.Empty));
        await _client.ExpectConnectionErrorAsync(504, "CHANNEL_ERROR - expected 'channel.open'");
    }

    [Fact]
    public async Task A_second_open_of_a_channel_ends_the_connection()
    {
        await _client.SendAsync(1, new ChannelOpen());
        await _client.ExpectConnectionErrorAsync(504, "CHANNEL_ERROR - second 'channel.open' seen");
    }

    [Fact]
    public async Task A_number_can_be_opened_again_as_soon_as_its_close_is_confirmed()
    {
        for (var round = 0; round < 20; round++)
        {
            await _client.SendAsync(1, new ChannelClose(200, "", MethodId.None));
            await _client.ExpectAsync(MethodId.ChannelCloseOk);
            await _client.OpenChannelAsync();
        }
    }

    [Fact]
    public async Task Both_sides_may_close_a_channel_at_once()
    {
        await _client.SendAsync(1, new QueueDeclare("missing", QueueDeclareFlags.Passive, FieldTable.Empty));
        await _client.ExpectAsync(MethodId.ChannelClose);
        await _client.SendAsync(1, new ChannelClose(200, "", MethodId.None));
        await _client.ExpectAsync(MethodId.ChannelCloseOk);
        await _client.SendAsync(1, MethodId.ChannelCloseOk);
        await _client.OpenChannelAsync();
    }

    [Fact]
    public async Task Methods_may_be_sent_without_waiting_for_answers()
    {
        var queue = NativeCluster.Unique("pipelined");
        await _client.SendAsync(WireClient.Frames(output =>
        {
            FrameWriter.WriteMethod(output, 1, new QueueDeclare(queue, QueueDeclareFlags.AutoDelete, FieldTable.Empty));
            FrameWriter.WriteMethod(output, 1, new QueueBind("", "amq.topic", "a.*", NoWait: true, FieldTable.Empty));
            output.Write(WireClient.Publish("amq.topic", "a.b", [1]));
            FrameWriter.WriteMethod(output, 1, new BasicGet("", NoAck: true));
        }));
        await _client.ExpectAsync(MethodId.QueueDeclareOk);
        await _client.ExpectAsync(MethodId.BasicGetOk);
        Assert.Equal([1], (await _client.ReadContentAsync()).Body);
    }

    [Fact]
    public async Task Immediate_is_not_implemented()
    {
        await _client.SendAsync(WireClient.Publish("", "k", [1], immediate: true));
        await _client.ExpectConnectionErrorAsync(540, "NOT_IMPLEMENTED - immediate=true");
    }

    [Fact]
    public async Task Confirms_and_transactions_exclude_each_other()
    {
        await _client.SendAsync(1, new ConfirmSelect(NoWait: true));
        await _client.SendAsync(1, MethodId.TxSelect);
        await _client.ExpectChannelErrorAsync(406, "PRECONDITION_FAILED - cannot switch from confirm to tx mode");
        await _client.OpenChannelAsync();
        await _client.SendAsync(1, MethodId.TxCommit);
        await _client.ExpectChannelErrorAsync(406, "PRECONDITION_FAILED - channel is not transactional");
    }

    [Fact]
    public async Task A_peer_that_never_reads_holds_up_nobody()
    {
        var queue = await DeclareAsync();
        await using var deaf = await WireClient.OpenAsync(silo.Port);
        await deaf.OpenChannelAsync();
        await deaf.SendAsync(1, new BasicConsume(queue, "", BasicConsumeFlags.NoAck | BasicConsumeFlags.NoWait, FieldTable.Empty));
        await _client.SendAsync(1, new ConfirmSelect(NoWait: true));
        var body = new byte[64 * 1024];
        // Far more than the sockets' own buffers and the broker's bound take.
        for (ulong i = 1; i <= 400; i++)
        {
            await _client.SendAsync(WireClient.Publish("", queue, body));
            Assert.Equal(i, (await _client.ExpectAsync<BasicAck>()).DeliveryTag);
        }

        await _client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        Assert.True((await _client.ExpectAsync<QueueDeclareOk>()).MessageCount > 0);
    }

    private async Task<string> DeclareAsync()
    {
        var queue = NativeCluster.Unique("q");
        await _client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
        return (await _client.ExpectAsync<QueueDeclareOk>()).Queue;
    }
}
