using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Gateway.Conformance;

/// <summary>Publishes and settlements that take effect together, or not at all; deliveries that come again.</summary>
[Collection(OneGateway.Name)]
public sealed class Transactions(GatewaySilo silo) : WireTest(silo)
{
    [Fact]
    public async Task Publishes_and_settlements_wait_for_the_commit()
    {
        var queue = await DeclareAsync();
        await PutAsync(queue);
        await AnswerAsync(MethodId.TxSelect, MethodId.TxSelectOk);
        await GetAsync(queue);
        await Client.SendAsync(1, new BasicAck(LastTag, Multiple: false));
        await Client.PublishAsync("", queue, "new");
        await Client.PublishAsync("amq.direct", queue, "nobody's", mandatory: true);
        Assert.Equal(0u, await ReadyAsync(queue));

        // What comes back does so before the commit is answered.
        await Client.SendAsync(1, MethodId.TxCommit);
        await Client.ExpectAsync(MethodId.BasicReturn);
        await Client.ReadContentAsync();
        await Client.ExpectAsync(MethodId.TxCommitOk);
        Assert.Equal(1u, await ReadyAsync(queue));

        // Nothing is unacknowledged: closing the channel brings nothing back.
        await Client.SendAsync(1, new ChannelClose(200, "", MethodId.None));
        await Client.ExpectAsync(MethodId.ChannelCloseOk);
        await Client.OpenChannelAsync();
        Assert.Equal(1u, await ReadyAsync(queue));
    }

    [Fact]
    public async Task A_rollback_forgets_publishes_and_lets_deliveries_be_settled_anew()
    {
        var queue = await DeclareAsync();
        await PutAsync(queue);
        await AnswerAsync(MethodId.TxSelect, MethodId.TxSelectOk);
        await GetAsync(queue);
        await Client.SendAsync(1, new BasicAck(LastTag, Multiple: false));
        await Client.PublishAsync("", queue, "forgotten");
        await AnswerAsync(MethodId.TxRollback, MethodId.TxRollbackOk);
        Assert.Equal(0u, await ReadyAsync(queue));
        await Client.SendAsync(1, new BasicReject(LastTag, Requeue: true));
        await AnswerAsync(MethodId.TxCommit, MethodId.TxCommitOk);
        Assert.Equal(1u, await ReadyAsync(queue));
    }

    [Fact]
    public async Task A_commit_that_a_queue_refuses_is_told_and_settles_nothing()
    {
        var (full, queue) = (await DeclareAsync(("x-max-length", 0), ("x-overflow", "reject-publish")), await DeclareAsync());
        await PutAsync(queue);
        await AnswerAsync(MethodId.TxSelect, MethodId.TxSelectOk);
        await GetAsync(queue);
        await Client.SendAsync(1, new BasicAck(LastTag, Multiple: false));
        await Client.PublishAsync("", full, "too much");
        await Client.SendAsync(1, MethodId.TxCommit);
        await Client.ExpectChannelErrorAsync(406, "PRECONDITION_FAILED - partial tx completion");
        await Client.OpenChannelAsync();
        Assert.Equal(1u, await ReadyAsync(queue));
    }

    [Theory]
    [InlineData(MethodId.TxCommit)]
    [InlineData(MethodId.TxRollback)]
    internal async Task A_channel_that_has_no_transaction_ends_none(MethodId method)
    {
        await Client.SendAsync(1, method);
        await Client.ExpectChannelErrorAsync(406, "PRECONDITION_FAILED - channel is not transactional");
        await Client.OpenChannelAsync();
        await AnswerAsync(MethodId.TxSelect, MethodId.TxSelectOk);
        await Client.SendAsync(1, new ConfirmSelect(NoWait: true));
        await Client.ExpectChannelErrorAsync(406, "PRECONDITION_FAILED - cannot switch from tx to confirm mode");
    }

    [Fact]
    public async Task Recovering_brings_all_that_is_unsettled_again_and_keeping_it_for_the_same_consumer_is_not_implemented()
    {
        var queue = await DeclareAsync();
        await PutAsync(queue);
        await PutAsync(queue);
        await GetAsync(queue);
        await GetAsync(queue);
        await Client.SendAsync(1, new BasicRecoverAsync(Requeue: true));
        Assert.Equal(2u, await ReadyAsync(queue));
        await GetAsync(queue);
        Assert.Equal(3ul, LastTag);
        await Client.SendAsync(1, new BasicRecover(Requeue: true));
        await Client.ExpectAsync(MethodId.BasicRecoverOk);
        Assert.Equal(2u, await ReadyAsync(queue));
        await Client.SendAsync(1, new BasicRecover(Requeue: false));
        await Client.ExpectConnectionErrorAsync(540, "NOT_IMPLEMENTED - requeue=false");
    }

    private async Task AnswerAsync(MethodId method, MethodId answer)
    {
        await Client.SendAsync(1, method);
        await Client.ExpectAsync(answer);
    }

    private async Task<uint> ReadyAsync(string queue)
    {
        await Client.SendAsync(1, new QueueDeclare(queue, QueueDeclareFlags.Passive, FieldTable.Empty));
        return (await Client.ExpectAsync<QueueDeclareOk>()).MessageCount;
    }
}
