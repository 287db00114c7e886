using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Confirms, and content that passes through as it is.</summary>
[Collection(OneGateway.Name)]
public sealed class Confirms(GatewaySilo silo) : WireTest(silo)
{
    [Fact]
    public async Task Only_a_queue_that_refuses_makes_a_nack()
    {
        await ConfirmAsync();
        var full = await DeclareAsync(("x-max-length", 1), ("x-overflow", "reject-publish"));
        await Client.PublishAsync("", full, "fits");
        await ExpectAckAsync(1);
        await Client.PublishAsync("", full, "does not");
        Assert.Equal(2ul, (await Client.ExpectAsync<BasicNack>()).DeliveryTag);

        await Client.PublishAsync("", "nobody", "unroutable");
        await ExpectAckAsync(3);
        await Client.PublishAsync("", "nobody", "unroutable, and told so", mandatory: true);
        await Client.ExpectAsync(MethodId.BasicReturn);
        await Client.ReadContentAsync();
        await ExpectAckAsync(4);
    }

    [Fact]
    public async Task What_a_queue_that_is_deleted_meanwhile_took_is_acked()
    {
        await ConfirmAsync();
        var queue = await DeclareAsync();
        await Client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.NoWait));
        await Client.PublishAsync("", queue, "too late");
        await ExpectAckAsync(1);

        await using var other = await WireClient.OpenAsync(Silo.Port);
        await other.OpenChannelAsync();
        queue = await DeclareAsync();
        var publishes = Enumerable.Range(0, 300).SelectMany(i => WireClient.Publish("", queue, [(byte)i])).ToArray();
        await Client.SendAsync(publishes);
        await other.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.None));
        await other.ExpectAsync(MethodId.QueueDeleteOk);
        for (ulong confirmed = 1; confirmed < 301;)
        {
            confirmed = (await Client.ExpectAsync<BasicAck>()).DeliveryTag;
        }
    }

    [Fact]
    public async Task A_confirm_for_several_leaves_none_out_and_takes_no_nacked_one_along()
    {
        await ConfirmAsync();
        var (full, roomy) = (await DeclareAsync(("x-max-length", 0), ("x-overflow", "reject-publish")), await DeclareAsync());
        var refused = Enumerable.Range(1, 400).Where(i => i % 7 == 0).Select(i => (ulong)i).ToHashSet();
        await Client.SendAsync(Enumerable.Range(1, 400).SelectMany(i => WireClient.Publish("", refused.Contains((ulong)i) ? full : roomy, [1])).ToArray());
        for (ulong next = 1; next <= 400;)
        {
            var (tag, multiple, isAck) = Read((await Client.ReadAsync())!);
            var told = Enumerable.Range((int)(multiple ? next : tag), (int)(tag - (multiple ? next : tag)) + 1).Select(i => (ulong)i);
            Assert.Equal(next, told.First());
            Assert.All(told, number => Assert.Equal(isAck, !refused.Contains(number)));
            next = tag + 1;
        }
    }

    [Fact]
    public async Task Every_type_of_header_comes_back_in_the_octets_that_it_was_sent_in()
    {
        byte[] fields =
        [
            .. Field('t', 1), .. Field('b', 0xFF), .. Field('B', 0xFF), .. Field('s', 0xFF, 0xFE), .. Field('u', 0xFF, 0xFE),
            .. Field('I', 0xFF, 0, 0, 1), .. Field('i', 0xFF, 0, 0, 1), .. Field('l', 0xFF, 0, 0, 0, 0, 0, 0, 1),
            .. Field('L', 0xFF, 0, 0, 0, 0, 0, 0, 1), .. Field('f', 0x7F, 0xC0, 0, 1), .. Field('d', 0x7F, 0xF8, 0, 0, 0, 0, 0, 1),
            .. Field('D', 2, 0xFF, 0xFF, 0xFF, 0xFF), .. Field('S', 0, 0, 0, 2, 0xC3, 0x28), .. Field('x', 0, 0, 0, 1, 0xFF),
            .. Field('T', 0, 0, 0, 0, 0, 0, 0, 1), .. Field('V'), .. Field('F', 0, 0, 0, 3, 1, (byte)'n', (byte)'V'),
            .. Field('A', 0, 0, 0, 3, (byte)'V', (byte)'t', 2),
        ];
        byte[] properties = [0x20, 0, 0, 0, 0, (byte)fields.Length, .. fields];
        var queue = await DeclareAsync();
        await PutAsync(queue, properties);
        Assert.Equal(properties, await GetAsync(queue));
    }

    [Fact]
    public async Task Properties_that_are_no_text_pass_through_also_where_the_broker_adds_to_them()
    {
        // content-type, headers with a name that is no UTF-8, and message-id.
        byte[] properties = [0xA0, 0x80, 2, 0xFF, 0xFE, 0, 0, 0, 7, 1, 0xE9, (byte)'I', 0, 0, 0, 1, 3, 0xC3, (byte)'a', 0x80];
        var queue = await DeclareAsync();
        await PutAsync(queue, properties);
        Assert.Equal(properties, await GetAsync(queue));
        await Client.SendAsync(1, new BasicReject(LastTag, Requeue: true));
        var again = await GetAsync(queue);
        Assert.Equal(1L, BasicPropertiesReader.Headers(again)!["x-delivery-count"]);
        byte[] withoutCounts = BasicPropertiesEditor.WithoutHeader(BasicPropertiesEditor.WithoutHeader(again, "x-delivery-count"), "x-acquired-count");
        Assert.Equal(properties, withoutCounts);
    }

    [Fact]
    public async Task Further_keys_lead_to_further_queues_and_the_blind_ones_are_not_shown()
    {
        string[] queues = [await DeclareAsync(), await DeclareAsync(), await DeclareAsync()];
        var headers = Table(("CC", new object?[] { queues[1] }), ("BCC", new object?[] { queues[2], queues[0] }), ("mine", (short)1));
        await PutAsync(queues[0], BasicPropertiesWriter.ToArray(new BasicProperties { Headers = headers }));
        foreach (var queue in queues)
        {
            Assert.Equal(["CC", "mine"], BasicPropertiesReader.Headers(await GetAsync(queue))!.Select(field => field.Key));
            await Client.SendAsync(1, new BasicAck(LastTag, Multiple: false));
            await Client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.IfEmpty));
            await Client.ExpectAsync(MethodId.QueueDeleteOk);
        }

        var wrong = BasicPropertiesWriter.ToArray(new BasicProperties { Headers = Table(("BCC", "no array")) });
        await Client.PublishAsync("", "k", "x", properties: wrong);
        await Client.ExpectChannelErrorAsync(406, "PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,\"BCC\",longstr}");
    }

    [Fact]
    public async Task Answers_have_the_numbers_that_the_protocol_gave_them()
    {
        var queue = await DeclareAsync();
        await AnswerAsync(new ExchangeBind("amq.fanout", "amq.direct", queue, NoWait: false, FieldTable.Empty), 40, 31);
        await AnswerAsync(new ExchangeUnbind("amq.fanout", "amq.direct", queue, NoWait: false, FieldTable.Empty), 40, 51);
        await AnswerAsync(new QueueBind(queue, "amq.direct", "k", NoWait: false, FieldTable.Empty), 50, 21);
        await AnswerAsync(new QueueUnbind(queue, "amq.direct", "k", FieldTable.Empty), 50, 51);
        await AnswerAsync(new QueuePurge(queue, NoWait: false), 50, 31);
        await AnswerAsync(new BasicGet(queue, NoAck: true), 60, 72);
        await AnswerAsync(new BasicRecover(Requeue: true), 60, 111);
        await AnswerAsync(new QueueDelete(queue, QueueDeleteFlags.None), 50, 41);
        await AnswerAsync(new ConfirmSelect(NoWait: false), 85, 11);
        await AnswerAsync(default(AccessRequest), 30, 11);
        await Client.OpenChannelAsync(2);
        foreach (byte method in (byte[])[10, 20, 30])
        {
            await Client.SendAsync(new byte[] { 1, 0, 2, 0, 0, 0, 4, 0, 90, 0, method, 0xCE });
            Assert.Equal([0, 90, 0, (byte)(method + 1)], (await Client.ReadAsync())!.Payload);
        }
    }

    private async Task AnswerAsync<TMethod>(TMethod method, byte classId, byte number)
        where TMethod : struct, IMethod<TMethod>
    {
        await Client.SendAsync(1, method);
        Assert.Equal([0, classId, 0, number], (await Client.ReadAsync())!.Payload[..4]);
    }

    private async Task ExpectAckAsync(ulong tag) => Assert.Equal(tag, (await Client.ExpectAsync<BasicAck>()).DeliveryTag);

    private static byte[] Field(char type, params byte[] value) => [1, (byte)type, (byte)type, .. value];

    private static (ulong Tag, bool Multiple, bool IsAck) Read(WireFrame frame)
    {
        if (frame.Method == MethodId.BasicAck)
        {
            var ack = frame.As<BasicAck>();
            return (ack.DeliveryTag, ack.Multiple, true);
        }

        var nack = frame.As<BasicNack>();
        return (nack.DeliveryTag, (nack.Flags & BasicNackFlags.Multiple) != 0, false);
    }
}
