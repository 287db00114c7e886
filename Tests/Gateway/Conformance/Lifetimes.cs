using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>What ends with a connection, a channel, a consumer or a queue, and when the client is told.</summary>
[Collection(OneGateway.Name)]
public sealed class Lifetimes(GatewaySilo silo) : WireTest(silo)
{
    private readonly string _name = NativeCluster.Unique("l");

    [Fact]
    public async Task An_exclusive_queue_is_gone_when_the_close_of_its_connection_is_confirmed()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var owner = await WireClient.OpenAsync(Silo.Port);
            await owner.OpenChannelAsync();
            await owner.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Exclusive, FieldTable.Empty));
            await owner.ExpectAsync(MethodId.QueueDeclareOk);
            await owner.SendAsync(0, new ConnectionClose(200, "", MethodId.None));
            await owner.ExpectAsync(MethodId.ConnectionCloseOk);
            await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
            await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no queue '{_name}' in vhost '/'");
            await Client.OpenChannelAsync();
        }
    }

    [Fact]
    public async Task An_exclusive_queue_goes_as_well_when_its_connection_is_cut()
    {
        var owner = await WireClient.OpenAsync(Silo.Port);
        await owner.OpenChannelAsync();
        await owner.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Exclusive, FieldTable.Empty));
        await owner.ExpectAsync(MethodId.QueueDeclareOk);
        await owner.DisposeAsync();
        await UntilGoneAsync(_name);
    }

    [Fact]
    public async Task A_queue_that_deletes_itself_is_gone_when_its_last_consumers_cancel_is_confirmed()
    {
        await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.AutoDelete, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueDeclareOk);
        foreach (var tag in (string[])["a", "b"])
        {
            await Client.SendAsync(1, new BasicConsume(_name, tag, BasicConsumeFlags.None, FieldTable.Empty));
            await Client.ExpectAsync(MethodId.BasicConsumeOk);
        }

        await Client.SendAsync(1, new BasicCancel("a", NoWait: false));
        await Client.ExpectAsync(MethodId.BasicCancelOk);
        await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
        Assert.Equal(new QueueDeclareOk(_name, 0, 1), await Client.ExpectAsync<QueueDeclareOk>());
        await Client.SendAsync(1, new BasicCancel("b", NoWait: false));
        await Client.ExpectAsync(MethodId.BasicCancelOk);
        await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no queue '{_name}' in vhost '/'");
    }

    [Fact]
    public async Task A_consumer_learns_that_its_queue_is_deleted_and_may_settle_and_cancel_all_the_same()
    {
        await DeclareAsync(_name);
        await Client.PublishAsync("", _name, "held");
        await Client.SendAsync(1, new BasicConsume(_name, "c", BasicConsumeFlags.NoWait, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicDeliver);
        await Client.ReadContentAsync();
        await using var other = await WireClient.OpenAsync(Silo.Port);
        await other.OpenChannelAsync();
        await other.SendAsync(1, new QueueDelete(_name, QueueDeleteFlags.None));
        await other.ExpectAsync(MethodId.QueueDeleteOk);
        Assert.Equal(new BasicCancel("c", NoWait: true), await Client.ExpectAsync<BasicCancel>());
        await Client.SendAsync(1, new BasicAck(1, Multiple: false));
        await Client.SendAsync(1, new BasicCancel("c", NoWait: false));
        Assert.Equal("c", (await Client.ExpectAsync<BasicCancelOk>()).ConsumerTag);

        // The tag is free, and tags of deliveries go on.
        await DeclareAsync(_name);
        await Client.PublishAsync("", _name, "next");
        await Client.SendAsync(1, new BasicConsume(_name, "c", BasicConsumeFlags.None, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicConsumeOk);
        Assert.Equal(2ul, TagOf(await Client.ExpectAsync(MethodId.BasicDeliver)));
    }

    [Fact]
    public async Task Who_cannot_be_cancelled_is_told_nothing_of_its_queues_end()
    {
        await using var old = await WireClient.OpenAsync(Silo.Port);
        await old.OpenChannelAsync();
        await old.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.None, FieldTable.Empty));
        await old.ExpectAsync(MethodId.QueueDeclareOk);
        await old.SendAsync(1, new BasicConsume(_name, "c", BasicConsumeFlags.None, FieldTable.Empty));
        await old.ExpectAsync(MethodId.BasicConsumeOk);
        await old.SendAsync(1, new QueueDelete(_name, QueueDeleteFlags.None));
        await old.ExpectAsync(MethodId.QueueDeleteOk);
        await old.SendAsync(1, new BasicCancel("c", NoWait: false));
        await old.ExpectAsync(MethodId.BasicCancelOk);
    }

    [Fact]
    public async Task What_a_closed_channel_held_is_there_for_the_next_that_gets_it_and_marked()
    {
        await DeclareAsync(_name);
        for (byte i = 0; i < 10; i++)
        {
            await Client.SendAsync(WireClient.Publish("", _name, [i]));
        }

        for (var round = 0; round < 10; round++)
        {
            // The number is used again at once: nothing of the old channel comes on the new one, and its tags begin at 1.
            await Client.SendAsync(1, new BasicConsume(_name, "c", BasicConsumeFlags.None, FieldTable.Empty));
            await Client.ExpectAsync(MethodId.BasicConsumeOk);
            for (byte i = 0; i < 10; i++)
            {
                var delivery = await Client.ExpectAsync(MethodId.BasicDeliver);
                Assert.Equal((i + 1ul, round > 0), (TagOf(delivery), MethodReader.Decode<BasicDeliver>(delivery.Payload).Redelivered));
                Assert.Equal([i], (await Client.ReadContentAsync()).Body);
            }

            await Client.SendAsync(1, new ChannelClose(200, "", MethodId.None));
            await Client.ExpectAsync(MethodId.ChannelCloseOk);
            await Client.OpenChannelAsync();
            await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
            Assert.Equal(new QueueDeclareOk(_name, 10, 0), await Client.ExpectAsync<QueueDeclareOk>());
        }
    }

    [Fact]
    public async Task Deliveries_of_a_channel_that_is_being_closed_never_reach_the_one_that_has_its_number_next()
    {
        await DeclareAsync(_name);
        await using var other = await WireClient.OpenAsync(Silo.Port);
        for (var round = 0; round < 30; round++)
        {
            await other.OpenChannelAsync();
            await other.SendAsync(1, new BasicConsume(_name, "c", BasicConsumeFlags.None, FieldTable.Empty));
            await other.ExpectAsync(MethodId.BasicConsumeOk);
            await Client.SendAsync(Enumerable.Range(0, 200).SelectMany(_ => WireClient.Publish("", _name, new byte[100])).ToArray());
            await other.SendAsync(1, new ChannelClose(200, "", MethodId.None));
            WireFrame frame;
            while ((frame = (await other.ReadAsync())!).Method != MethodId.ChannelCloseOk)
            {
                Assert.True(frame.Type != FrameType.Method || frame.Method == MethodId.BasicDeliver);
            }

            await other.SendAsync(WireClient.Frames(output =>
            {
                FrameWriter.WriteMethod(output, 1, new ChannelOpen());
                FrameWriter.WriteMethod(output, 1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
                FrameWriter.WriteMethod(output, 1, new ChannelClose(200, "", MethodId.None));
            }));
            await other.ExpectAsync(MethodId.ChannelOpenOk);
            Assert.Equal(0u, (await other.ExpectAsync<QueueDeclareOk>()).ConsumerCount);
            await other.ExpectAsync(MethodId.ChannelCloseOk);
        }
    }

    private async Task UntilGoneAsync(string queue) => await NativeCluster.Until(
        async () =>
        {
            await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
            var close = await Client.ExpectAsync<ChannelClose>();
            await Client.SendAsync(1, MethodId.ChannelCloseOk);
            await Client.OpenChannelAsync();
            return close.ReplyCode == 404;
        },
        "the end of the queue");

    private static ulong TagOf(WireFrame delivery) => MethodReader.Decode<BasicDeliver>(delivery.Payload).DeliveryTag;
}
