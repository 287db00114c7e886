using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Which error a refusal is, in which words: clients and tools parse both.</summary>
[Collection(OneGateway.Name)]
public sealed class ChannelErrors(GatewaySilo silo) : WireTest(silo)
{
    [Fact]
    public async Task A_consumer_tag_that_is_in_use_is_an_error_of_the_connection()
    {
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new BasicConsume(queue, "twice", BasicConsumeFlags.None, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicConsumeOk);
        await Client.SendAsync(1, new BasicConsume(queue, "twice", BasicConsumeFlags.None, FieldTable.Empty));
        await Client.ExpectConnectionErrorAsync(530, "NOT_ALLOWED - attempt to reuse consumer tag 'twice'");
    }

    [Theory]
    [InlineData(BasicConsumeFlags.Exclusive, BasicConsumeFlags.None)]
    [InlineData(BasicConsumeFlags.None, BasicConsumeFlags.Exclusive)]
    internal async Task A_consumer_beside_an_exclusive_one_is_an_error_of_the_channel(BasicConsumeFlags first, BasicConsumeFlags second)
    {
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new BasicConsume(queue, "one", first, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicConsumeOk);
        await Client.SendAsync(1, new BasicConsume(queue, "other", second, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(403, $"ACCESS_REFUSED - queue '{queue}' in vhost '/' in exclusive use");
    }

    [Fact]
    public async Task Whatever_one_does_with_anothers_exclusive_queue_it_is_locked()
    {
        var queue = NativeCluster.Unique("mine");
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Exclusive, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueDeclareOk);
        await using var other = await WireClient.OpenAsync(Silo.Port);
        foreach (var attempt in (Action<System.Buffers.IBufferWriter<byte>>[])
        [
            output => FrameWriter.WriteMethod(output, 1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new QueueDeclare(queue, QueueDeclareFlags.Exclusive, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new QueueBind(queue, "amq.direct", "k", NoWait: true, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new QueuePurge(queue, NoWait: true)),
            output => FrameWriter.WriteMethod(output, 1, new QueueDelete(queue, QueueDeleteFlags.NoWait)),
            output => FrameWriter.WriteMethod(output, 1, new BasicConsume(queue, "", BasicConsumeFlags.NoWait, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new BasicGet(queue, NoAck: true)),
        ])
        {
            await other.OpenChannelAsync();
            await other.SendAsync(WireClient.Frames(attempt));
            await other.ExpectChannelErrorAsync(
                405,
                $"RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '{queue}' in vhost '/'. It could be originally declared on "
                + "another connection or the exclusive property value does not match that of the original declaration.");
        }
    }

    [Fact]
    public async Task Arguments_of_a_queue_are_compared_by_value_and_the_one_that_differs_is_named()
    {
        var queue = await DeclareAsync(("x-message-ttl", 60_000));
        await DeclareAsync(queue, ("x-message-ttl", 60_000L), ("unknown", "counts for nothing"));
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, Table(("x-message-ttl", 60_001))));
        await Client.ExpectChannelErrorAsync(
            406, $"PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue '{queue}' in vhost '/': received '60001' but current is '60000'");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.None, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(
            406,
            $"PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue '{queue}' in vhost '/': "
            + "received none but current is the value '60000' of type 'signedint'");
    }

    [Theory]
    [InlineData("x-nonsense", "PRECONDITION_FAILED - unknown exchange type 'x-nonsense'")]
    [InlineData("", "PRECONDITION_FAILED - unknown exchange type ''")]
    public async Task An_exchange_of_an_unknown_type_is_an_error_of_the_channel(string type, string text)
    {
        await Client.SendAsync(1, new ExchangeDeclare(NativeCluster.Unique("x"), type, ExchangeDeclareFlags.None, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(406, text);
    }

    [Fact]
    public async Task A_pattern_may_have_two_hashes_and_no_more()
    {
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new QueueBind(queue, "amq.topic", "#.a.#", NoWait: false, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueBindOk);
        await Client.SendAsync(1, new QueueBind(queue, "amq.topic", "#.a.#.b.#", NoWait: false, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(
            406, "PRECONDITION_FAILED - topic binding key '#.a.#.b.#' has 3 '#' wildcards; at most 2 are allowed");
    }

    [Fact]
    public async Task Line_breaks_in_names_are_dropped()
    {
        var queue = NativeCluster.Unique("q");
        await Client.SendAsync(1, new QueueDeclare($"\r{queue}\r\n", QueueDeclareFlags.None, FieldTable.Empty));
        Assert.Equal(queue, (await Client.ExpectAsync<QueueDeclareOk>()).Queue);
    }

    [Fact]
    public async Task The_prefix_amq_is_refused_where_something_is_created_and_nowhere_else()
    {
        await Client.SendAsync(1, new QueueDeclare("amq.mine", QueueDeclareFlags.None, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(403, "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new QueueDeclare("amq.mine", QueueDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, "NOT_FOUND - no queue 'amq.mine' in vhost '/'");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new ExchangeDeclare("amq.direct", "direct", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.ExchangeDeclareOk);
        await Client.SendAsync(1, new ExchangeDeclare("amq.mine", "direct", ExchangeDeclareFlags.None, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(403, "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'");
    }

    [Fact]
    public async Task Any_permission_is_enough_to_ask_whether_something_is_there_and_none_is_not()
    {
        var queue = await DeclareAsync();
        await using var reader = await WireClient.OpenAsync(Silo.Port, "reader");
        await reader.OpenChannelAsync();
        await reader.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        await reader.ExpectAsync(MethodId.QueueDeclareOk);
        await using var stranger = await WireClient.OpenAsync(Silo.Port, "stranger");
        await stranger.OpenChannelAsync();
        await stranger.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        await stranger.ExpectChannelErrorAsync(403, $"ACCESS_REFUSED - access to queue '{queue}' in vhost '/' refused for user 'stranger'");
        await stranger.OpenChannelAsync();
        await stranger.SendAsync(1, new ExchangeDeclare("amq.topic", "topic", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        await stranger.ExpectChannelErrorAsync(403, "ACCESS_REFUSED - access to exchange 'amq.topic' in vhost '/' refused for user 'stranger'");
    }

    [Fact]
    public async Task A_stream_is_refused_and_not_taken_for_a_queue()
    {
        var queue = NativeCluster.Unique("stream");
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Durable, Table(("x-queue-type", "stream"))));
        await Client.ExpectConnectionErrorAsync(540, $"NOT_IMPLEMENTED - queue '{queue}' in vhost '/' of type 'stream' is not supported");
    }

    [Theory]
    [InlineData(QueueDeclareFlags.None)]
    [InlineData(QueueDeclareFlags.Durable)]
    [InlineData(QueueDeclareFlags.AutoDelete)]
    internal async Task A_queue_that_RabbitMQ_no_longer_takes_is_declared(QueueDeclareFlags flags)
    {
        var queue = NativeCluster.Unique("legacy");
        await Client.SendAsync(1, new QueueDeclare(queue, flags, Table(("x-queue-mode", "lazy"), ("x-queue-version", 2), ("x-ha-policy", "all"))));
        Assert.Equal(queue, (await Client.ExpectAsync<QueueDeclareOk>()).Queue);
    }

    [Fact]
    public async Task A_reply_address_is_declared_by_whoever_asks_whether_its_owner_waits()
    {
        await Client.SendAsync(1, new QueueDeclare("amq.rabbitmq.reply-to", QueueDeclareFlags.None, FieldTable.Empty));
        Assert.Equal("amq.rabbitmq.reply-to", (await Client.ExpectAsync<QueueDeclareOk>()).Queue);
        await Client.SendAsync(1, new QueueDeclare("amq.rabbitmq.reply-to.nobody", QueueDeclareFlags.None, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, "NOT_FOUND - no queue 'amq.rabbitmq.reply-to.nobody' in vhost '/'");
    }
}
