using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Exchanges, queues and bindings: what is there, what goes by itself, and how each refusal is worded.</summary>
[Collection(OneGateway.Name)]
public sealed class Topologies(GatewaySilo silo) : WireTest(silo)
{
    private readonly string _name = NativeCluster.Unique("t");

    [Theory]
    [InlineData("direct")]
    [InlineData("fanout")]
    [InlineData("topic")]
    [InlineData("headers")]
    [InlineData("match")]
    [InlineData("rabbitmq.trace")]
    public async Task The_exchanges_that_every_virtual_host_begins_with_cannot_be_deleted(string name)
    {
        await Client.SendAsync(1, new ExchangeDeclare($"amq.{name}", "", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.ExchangeDeclareOk);
        await Client.SendAsync(1, new ExchangeDelete($"amq.{name}", ExchangeDeleteFlags.None));
        await Client.ExpectChannelErrorAsync(403, $"ACCESS_REFUSED - deletion of system exchange 'amq.{name}' in vhost '/' not allowed");
    }

    [Fact]
    public async Task Nothing_can_be_done_to_the_default_exchange()
    {
        var queue = await DeclareAsync();
        foreach (var attempt in (Action<System.Buffers.IBufferWriter<byte>>[])
        [
            output => FrameWriter.WriteMethod(output, 1, new ExchangeDeclare("", "direct", ExchangeDeclareFlags.None, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new ExchangeDeclare("", "direct", ExchangeDeclareFlags.Passive, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new ExchangeDelete("", ExchangeDeleteFlags.NoWait)),
            output => FrameWriter.WriteMethod(output, 1, new QueueBind(queue, "", "k", NoWait: true, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new QueueUnbind(queue, "", queue, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new ExchangeBind("", "amq.direct", "k", NoWait: true, FieldTable.Empty)),
            output => FrameWriter.WriteMethod(output, 1, new ExchangeUnbind("amq.direct", "", "k", NoWait: true, FieldTable.Empty)),
        ])
        {
            await Client.SendAsync(WireClient.Frames(attempt));
            await Client.ExpectChannelErrorAsync(403, "ACCESS_REFUSED - operation not permitted on the default exchange");
            await Client.OpenChannelAsync();
        }
    }

    [Fact]
    public async Task An_exchange_that_is_declared_otherwise_is_refused_and_what_differs_is_named()
    {
        await DeclareExchangeAsync(_name, "direct", ExchangeDeclareFlags.None, ("alternate-exchange", "other"));
        foreach (var (type, flags, alternate, difference) in ((string, ExchangeDeclareFlags, string, string)[])
        [
            ("topic", 0, "other", "arg 'type' for exchange '{0}' in vhost '/': received 'topic' but current is 'direct'"),
            ("direct", ExchangeDeclareFlags.Durable, "other", "arg 'durable' for exchange '{0}' in vhost '/': received 'true' but current is 'false'"),
            ("direct", ExchangeDeclareFlags.AutoDelete, "other", "arg 'auto_delete' for exchange '{0}' in vhost '/': received 'true' but current is 'false'"),
            ("direct", ExchangeDeclareFlags.Internal, "other", "arg 'internal' for exchange '{0}' in vhost '/': received 'true' but current is 'false'"),
            ("direct", 0, "another", "arg 'alternate-exchange' for exchange '{0}' in vhost '/': received 'another' but current is 'other'"),
        ])
        {
            await Client.SendAsync(1, new ExchangeDeclare(_name, type, flags, Table(("alternate-exchange", alternate))));
            await Client.ExpectChannelErrorAsync(406, $"PRECONDITION_FAILED - inequivalent {difference.Replace("{0}", _name, StringComparison.Ordinal)}");
            await Client.OpenChannelAsync();
        }
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_can_be_deleted_all_the_same()
    {
        await Client.SendAsync(1, new ExchangeDeclare(_name, "direct", ExchangeDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no exchange '{_name}' in vhost '/'");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new QueueDeclare(_name, QueueDeclareFlags.Passive, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no queue '{_name}' in vhost '/'");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new ExchangeDelete(_name, ExchangeDeleteFlags.IfUnused));
        await Client.ExpectAsync(MethodId.ExchangeDeleteOk);
        await Client.SendAsync(1, new QueueDelete(_name, QueueDeleteFlags.IfEmpty | QueueDeleteFlags.IfUnused));
        Assert.Equal(0u, (await Client.ExpectAsync<QueueDeleteOk>()).MessageCount);
    }

    [Fact]
    public async Task Only_what_is_unused_and_empty_is_deleted_where_that_is_asked_for()
    {
        await DeclareExchangeAsync(_name, "fanout");
        var queue = await DeclareAsync();
        await BindAsync(queue, _name);
        await Client.SendAsync(1, new ExchangeDelete(_name, ExchangeDeleteFlags.IfUnused));
        await Client.ExpectChannelErrorAsync(406, $"PRECONDITION_FAILED - exchange '{_name}' in vhost '/' in use");
        await Client.OpenChannelAsync();
        await PutAsync(queue);
        await Client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.IfEmpty));
        await Client.ExpectChannelErrorAsync(406, $"PRECONDITION_FAILED - queue '{queue}' in vhost '/' not empty");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new BasicConsume(queue, "c", BasicConsumeFlags.NoAck, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.BasicConsumeOk);
        await Client.ExpectAsync(MethodId.BasicDeliver);
        await Client.ReadContentAsync();
        await Client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.IfUnused));
        await Client.ExpectChannelErrorAsync(406, $"PRECONDITION_FAILED - queue '{queue}' in vhost '/' in use");
    }

    [Fact]
    public async Task An_exchange_that_deletes_itself_goes_with_its_last_binding_and_takes_others_along()
    {
        var (inner, queue) = (NativeCluster.Unique("inner"), await DeclareAsync());
        await DeclareExchangeAsync(_name, "fanout", ExchangeDeclareFlags.AutoDelete);
        await DeclareExchangeAsync(inner, "fanout", ExchangeDeclareFlags.AutoDelete);
        await Client.SendAsync(1, new ExchangeBind(inner, _name, "", NoWait: false, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.ExchangeBindOk);
        await BindAsync(queue, inner);
        await Client.SendAsync(1, new QueueDelete(queue, QueueDeleteFlags.None));
        await Client.ExpectAsync(MethodId.QueueDeleteOk);
        foreach (var gone in (string[])[inner, _name])
        {
            await Client.SendAsync(1, new ExchangeDeclare(gone, "fanout", ExchangeDeclareFlags.Passive, FieldTable.Empty));
            await Client.ExpectChannelErrorAsync(404, $"NOT_FOUND - no exchange '{gone}' in vhost '/'");
            await Client.OpenChannelAsync();
        }
    }

    [Fact]
    public async Task A_binding_is_made_once_and_undone_whether_it_is_there_or_not()
    {
        var queue = await DeclareAsync();
        await DeclareExchangeAsync(_name, "direct");
        await BindAsync(queue, _name, "k");
        await BindAsync(queue, _name, "k");
        await Client.PublishAsync(_name, "k", "one copy");
        await Client.SendAsync(1, new QueueUnbind(queue, _name, "k", FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueUnbindOk);
        await Client.SendAsync(1, new QueueUnbind(queue, _name, "k", FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueUnbindOk);
        await Client.PublishAsync(_name, "k", "nobody's");
        await Client.SendAsync(1, new QueuePurge(queue, NoWait: false));
        Assert.Equal(1u, (await Client.ExpectAsync<QueuePurgeOk>()).MessageCount);
        await Client.SendAsync(1, new QueueBind(queue, "missing", "k", NoWait: false, FieldTable.Empty));
        await Client.ExpectChannelErrorAsync(404, "NOT_FOUND - no exchange 'missing' in vhost '/'");
    }

    [Fact]
    public async Task Exchanges_may_be_bound_in_a_circle_and_reach_a_queue_once()
    {
        var (other, queue) = (NativeCluster.Unique("other"), await DeclareAsync());
        await DeclareExchangeAsync(_name, "fanout");
        await DeclareExchangeAsync(other, "fanout");
        foreach (var (to, from) in ((string, string)[])[(other, _name), (_name, other), (_name, _name)])
        {
            await Client.SendAsync(1, new ExchangeBind(to, from, "", NoWait: false, FieldTable.Empty));
            await Client.ExpectAsync(MethodId.ExchangeBindOk);
        }

        await BindAsync(queue, _name);
        await BindAsync(queue, other, "twice");
        await Client.PublishAsync(_name, "", "round");
        await Client.SendAsync(1, new QueuePurge(queue, NoWait: false));
        Assert.Equal(1u, (await Client.ExpectAsync<QueuePurgeOk>()).MessageCount);
    }

    [Fact]
    public async Task A_message_comes_back_only_when_the_alternate_exchange_found_nothing_either()
    {
        var (alternate, last) = (NativeCluster.Unique("alternate"), NativeCluster.Unique("last"));
        await DeclareExchangeAsync(_name, "direct", 0, ("alternate-exchange", alternate));
        await DeclareExchangeAsync(alternate, "direct", 0, ("alternate-exchange", last));
        await DeclareExchangeAsync(last, "fanout", 0, ("alternate-exchange", _name));
        await ConfirmAsync();
        await Client.PublishAsync(_name, "k", "nobody's", mandatory: true);
        await Client.ExpectAsync(MethodId.BasicReturn);
        await Client.ReadContentAsync();
        Assert.Equal(1ul, (await Client.ExpectAsync<BasicAck>()).DeliveryTag);
        await BindAsync(await DeclareAsync(), last);
        await Client.PublishAsync(_name, "k", "somebody's", mandatory: true);
        Assert.Equal(2ul, (await Client.ExpectAsync<BasicAck>()).DeliveryTag);
    }

    [Fact]
    public async Task An_empty_name_is_the_queue_that_the_channel_declared_last()
    {
        await Client.SendAsync(1, new BasicGet("", NoAck: true));
        await Client.ExpectChannelErrorAsync(404, "NOT_FOUND - no previously declared queue");
        await Client.OpenChannelAsync();
        await Client.SendAsync(1, new QueueDeclare("", QueueDeclareFlags.Exclusive, FieldTable.Empty));
        var queue = (await Client.ExpectAsync<QueueDeclareOk>()).Queue;
        Assert.Matches("^amq[.]gen-[A-Za-z0-9_-]{22}$", queue);
        await Client.SendAsync(1, new QueueBind("", "amq.direct", "", NoWait: false, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueBindOk);
        await Client.PublishAsync("amq.direct", queue, "by the queue's name");
        await Client.SendAsync(1, new BasicGet("", NoAck: true));
        await Client.ExpectAsync(MethodId.BasicGetOk);
        await Client.ReadContentAsync();
        await Client.SendAsync(1, new QueuePurge("", NoWait: false));
        await Client.ExpectAsync(MethodId.QueuePurgeOk);
        await Client.SendAsync(1, new BasicConsume("", "", BasicConsumeFlags.None, FieldTable.Empty));
        Assert.Matches("^amq[.]ctag-[A-Za-z0-9_-]{22}$", (await Client.ExpectAsync<BasicConsumeOk>()).ConsumerTag);
        await Client.SendAsync(1, new QueueDelete("", QueueDeleteFlags.None));
        // Which of the two comes first is nobody's promise.
        MethodId[] answers = [(await Client.ReadAsync())!.Method, (await Client.ReadAsync())!.Method];
        Assert.Equal([MethodId.QueueDeleteOk, MethodId.BasicCancel], answers.OrderBy(answer => answer == MethodId.BasicCancel));
    }

    private async Task DeclareExchangeAsync(string name, string type, ExchangeDeclareFlags flags = 0, params (string, object?)[] arguments)
    {
        await Client.SendAsync(1, new ExchangeDeclare(name, type, flags, Table(arguments)));
        await Client.ExpectAsync(MethodId.ExchangeDeclareOk);
    }

    private async Task BindAsync(string queue, string exchange, string key = "")
    {
        await Client.SendAsync(1, new QueueBind(queue, exchange, key, NoWait: false, FieldTable.Empty));
        await Client.ExpectAsync(MethodId.QueueBindOk);
    }
}
