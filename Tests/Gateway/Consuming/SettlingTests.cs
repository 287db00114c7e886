using OrleansBroker.Amqp;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

[Collection(OneSilo.Name)]
public sealed class SettlingTests(NativeCluster cluster) : IAsyncLifetime, IAsyncDisposable
{
    private readonly ChannelBench _bench = new(cluster);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _bench.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Get_shares_the_tags_and_says_how_many_are_left()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.GetAsync(queue);
        await _bench.PublishAsync(queue, 0, 3);
        await channel.GetAsync(queue);
        await channel.GetAsync(queue, noAck: true);
        await channel.ConsumeAsync(queue, "c");
        await NativeCluster.Until(() => output.Deliveries.Count == 1, "the last");

        Assert.Equal(
            [(MethodId.BasicGetEmpty, 0UL, "", 0U), (MethodId.BasicGetOk, 1UL, "0", 2U), (MethodId.BasicGetOk, 2UL, "1", 1U)],
            output.All.Take(3).Select(w => (w.Method, w.Tag, w.Body, w.Ready)));
        Assert.Equal(3UL, output.Deliveries[0].Tag);
        Refused(2, () => channel.Ack(2, multiple: false));
        channel.Ack(1, multiple: false);
        channel.Ack(3, multiple: false);
        await channel.FlushAsync(CancellationToken.None);
        Assert.Equal(0, (await _bench.StatusAsync(queue)).Unacked);
    }

    [Fact]
    public async Task A_tag_that_is_unknown_or_settled_is_refused_and_the_others_stay()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 5);
        await NativeCluster.Until(() => output.Deliveries.Count == 5, "all");
        channel.Ack(3, multiple: false);

        Refused(3, () => channel.Ack(3, multiple: false));
        Refused(3, () => channel.Ack(3, multiple: true));
        Refused(9, () => channel.Nack(9, multiple: true, requeue: true));
        Refused(0, () => channel.Reject(0, requeue: true));
        await channel.FlushAsync(CancellationToken.None);
        Assert.Equal(4, (await _bench.StatusAsync(queue)).Unacked);
        channel.Ack(0, multiple: true);
        channel.Ack(0, multiple: true);
        await channel.FlushAsync(CancellationToken.None);
        Assert.Equal(0, (await _bench.StatusAsync(queue)).Unacked);
    }

    [Fact]
    public async Task Recover_delivers_again_what_is_outstanding()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 3);
        await NativeCluster.Until(() => output.Deliveries.Count == 3, "all");
        channel.Ack(1, multiple: false);
        await channel.RecoverAsync(requeue: true, CancellationToken.None);
        await NativeCluster.Until(() => output.Deliveries.Count == 5, "two again");
        Assert.Equal([("1", true), ("2", true)], output.Deliveries.Skip(3).Select(d => (d.Body, d.Redelivered)));
        Refused(2, () => channel.Ack(2, multiple: false));
    }

    [Fact]
    public async Task In_a_transaction_settlements_wait_for_the_commit_and_are_undone_by_a_rollback()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        channel.TxSelect();
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 4);
        await NativeCluster.Until(() => output.Deliveries.Count == 4, "all");
        channel.Ack(3, multiple: true);
        Refused(2, () => channel.Ack(2, multiple: false));
        await channel.FlushAsync(CancellationToken.None);
        Assert.Equal(4, (await _bench.StatusAsync(queue)).Unacked);

        channel.TxRollback();
        channel.Ack(2, multiple: true);
        await channel.TxCommitAsync(CancellationToken.None);
        Assert.Equal(2, (await _bench.StatusAsync(queue)).Unacked);
        channel.Ack(4, multiple: true);
        await channel.DisposeAsync();
        await _bench.UntilAsync(queue, 2, 0);
    }

    [Fact]
    public async Task Get_is_refused_where_one_consumer_at_a_time_is_active()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync(("x-single-active-consumer", true));
        Assert.Equal(ReplyCode.ResourceLocked, (await Assert.ThrowsAsync<BrokerException>(() => channel.GetAsync(queue))).Code);
        await channel.ConsumeAsync(queue, "first");
        await channel.ConsumeAsync(queue, "second");
        await _bench.PublishAsync(queue, 0, 2);
        await NativeCluster.Until(() => output.Deliveries.Count == 2, "both");
        await channel.CancelAsync("first");
        await _bench.PublishAsync(queue, 2, 1);
        await NativeCluster.Until(() => output.Deliveries.Count == 3, "the next");
        Assert.Equal(["first", "first", "second"], output.Deliveries.Select(d => d.ConsumerTag));
    }

    [Fact]
    public async Task Settling_a_thousand_one_by_one_or_at_once_leaves_nothing()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        channel.Prefetch(1000);
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 4000);
        for (var acked = 0UL; acked < 4000;)
        {
            await NativeCluster.Until(() => output.Deliveries.Count > (int)acked, "the next");
            var last = output.Deliveries[^1].Tag;
            if ((acked & 1) == 0)
            {
                channel.Ack(last, multiple: true);
            }
            else
            {
                for (var tag = last; tag > acked; tag--)
                {
                    channel.Ack(tag, multiple: false);
                }
            }

            acked = last;
        }

        await _bench.UntilAsync(queue, 0, 0);
        Assert.Equal(Enumerable.Range(0, 4000).Select(i => $"{i}"), output.Bodies);
    }

    private static void Refused(ulong tag, Action settle)
    {
        var refusal = Assert.Throws<BrokerException>(settle);
        Assert.Equal((ReplyCode.PreconditionFailed, $"PRECONDITION_FAILED - unknown delivery tag {tag}"), (refusal.Code, refusal.Message));
    }
}
