using System.Buffers;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Methods that ask for no answer, and methods that do not wait for the answers before them.</summary>
[Collection(OneGateway.Name)]
public sealed class WithoutAnswers(GatewaySilo silo) : WireTest(silo)
{
    private readonly string _name = NativeCluster.Unique("quiet");

    [Fact]
    public async Task Every_method_that_can_do_without_an_answer_is_carried_out_and_gets_none()
    {
        await Client.SendAsync(WireClient.Frames(output =>
        {
            Write(output, new ExchangeDeclare(_name, "topic", ExchangeDeclareFlags.NoWait, FieldTable.Empty));
            Write(output, new QueueDeclare(_name, QueueDeclareFlags.NoWait, FieldTable.Empty));
            Write(output, new QueueBind(_name, _name, "#", NoWait: true, FieldTable.Empty));
            Write(output, new ExchangeBind(_name, "amq.direct", _name, NoWait: true, FieldTable.Empty));
            Write(output, new ConfirmSelect(NoWait: true));
            output.Write(WireClient.Publish("amq.direct", _name, [1]));
            Write(output, new BasicConsume(_name, "c", BasicConsumeFlags.NoWait, FieldTable.Empty));
        }));
        // The publish is applied before the consume is looked at.
        await Client.ExpectAsync(MethodId.BasicAck);
        await Client.ExpectAsync(MethodId.BasicDeliver);
        await Client.ReadContentAsync();
        await Client.SendAsync(WireClient.Frames(output =>
        {
            Write(output, new BasicCancel("c", NoWait: true));
            Write(output, new ExchangeUnbind(_name, "amq.direct", _name, NoWait: true, FieldTable.Empty));
            output.Write(WireClient.Publish("amq.direct", _name, [2], mandatory: true));
            output.Write(WireClient.Publish(_name, "any", [3]));
            Write(output, new QueuePurge(_name, NoWait: true));
            Write(output, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
            Write(output, new QueueDelete(_name, QueueDeleteFlags.NoWait));
            Write(output, new ExchangeDelete(_name, ExchangeDeleteFlags.NoWait));
            Write(output, new ExchangeDeclare(_name, "topic", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        }));
        await Client.ExpectAsync(MethodId.BasicReturn);
        await Client.ReadContentAsync();
        for (ulong confirmed = 1; confirmed < 3;)
        {
            confirmed = (await Client.ExpectAsync<BasicAck>()).DeliveryTag;
        }

        Assert.Equal(new QueueDeclareOk(_name, 0, 0), await Client.ExpectAsync<QueueDeclareOk>());
        await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no exchange '{_name}' in vhost '/'");
    }

    [Fact]
    public async Task An_error_closes_the_channel_whether_an_answer_was_asked_for_or_not()
    {
        foreach (var (attempt, code) in ((Action<IBufferWriter<byte>>, ushort)[])
        [
            (output => Write(output, new ExchangeDeclare("amq.mine", "topic", ExchangeDeclareFlags.NoWait, FieldTable.Empty)), 403),
            (output => Write(output, new ExchangeDeclare(_name, "topic", ExchangeDeclareFlags.Passive | ExchangeDeclareFlags.NoWait, FieldTable.Empty)), 404),
            (output => Write(output, new QueueDeclare(_name, QueueDeclareFlags.Passive | QueueDeclareFlags.NoWait, FieldTable.Empty)), 404),
            (output => Write(output, new QueueDeclare(_name, QueueDeclareFlags.NoWait, Table(("x-max-length", -1)))), 406),
            (output => Write(output, new QueueBind(_name, "amq.direct", "", NoWait: true, FieldTable.Empty)), 404),
            (output => Write(output, new ExchangeBind(_name, "amq.direct", "", NoWait: true, FieldTable.Empty)), 404),
            (output => Write(output, new QueuePurge(_name, NoWait: true)), 404),
            (output => Write(output, new BasicConsume(_name, "", BasicConsumeFlags.NoWait, FieldTable.Empty)), 404),
        ])
        {
            await Client.SendAsync(WireClient.Frames(attempt));
            Assert.Equal(code, (await Client.ExpectAsync<ChannelClose>()).ReplyCode);
            await Client.SendAsync(1, MethodId.ChannelCloseOk);
            await Client.OpenChannelAsync();
        }
    }

    [Fact]
    public async Task What_follows_an_error_on_its_channel_is_not_carried_out()
    {
        var kept = await DeclareAsync();
        await Client.SendAsync(WireClient.Frames(output =>
        {
            Write(output, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
            Write(output, new QueueDelete(kept, QueueDeleteFlags.NoWait));
            output.Write(WireClient.Publish("", kept, [1]));
            Write(output, new QueueDeclare(_name, QueueDeclareFlags.NoWait, FieldTable.Empty));
        }));
        await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no queue '{_name}' in vhost '/'");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new QueueDeclare(kept, QueueDeclareFlags.Passive, FieldTable.Empty));
        Assert.Equal(0u, (await Client.ExpectAsync<QueueDeclareOk>()).MessageCount);
        await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no queue '{_name}' in vhost '/'");
    }

    [Fact]
    public async Task A_whole_topology_may_be_declared_in_one_go()
    {
        const int Queues = 100;
        await Client.SendAsync(WireClient.Frames(output =>
        {
            for (var i = 0; i < Queues; i++)
            {
                Write(output, new QueueDeclare($"{_name}-{i}", QueueDeclareFlags.Exclusive, FieldTable.Empty));
                Write(output, new QueueBind("", "amq.topic", $"{_name}.{i}.*", NoWait: false, FieldTable.Empty));
                output.Write(WireClient.Publish("amq.topic", $"{_name}.{i}.k", [(byte)i]));
                Write(output, new QueueDeclare($"{_name}-{i}", QueueDeclareFlags.Passive, FieldTable.Empty));
                Write(output, new BasicGet("", NoAck: true));
            }
        }));
        for (var i = 0; i < Queues; i++)
        {
            Assert.Equal(new QueueDeclareOk($"{_name}-{i}", 0, 0), await Client.ExpectAsync<QueueDeclareOk>());
            await Client.ExpectAsync(MethodId.QueueBindOk);
            Assert.Equal(new QueueDeclareOk($"{_name}-{i}", 1, 0), await Client.ExpectAsync<QueueDeclareOk>());
            await Client.ExpectAsync(MethodId.BasicGetOk);
            Assert.Equal([(byte)i], (await Client.ReadContentAsync()).Body);
        }
    }

    private static void Write<TMethod>(IBufferWriter<byte> output, TMethod method)
        where TMethod : struct, IMethod<TMethod> => FrameWriter.WriteMethod(output, 1, in method);
}
