using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Gateway.Consuming;

[Collection(OneSilo.Name)]
public sealed class ChannelConsumingTests(NativeCluster cluster) : IAsyncLifetime, IAsyncDisposable
{
    private readonly ChannelBench _bench = new(cluster);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _bench.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(BasicConsumeFlags.None)]
    [InlineData(BasicConsumeFlags.NoAck)]
    public async Task Consume_ok_comes_first_then_all_messages_in_their_order(BasicConsumeFlags flags)
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await _bench.PublishAsync(queue, 0, 20_000);
        await channel.ConsumeAsync(queue, "c", flags);
        await NativeCluster.Until(() => output.Deliveries.Count == 20_000, "all");
        Assert.Equal(MethodId.BasicConsumeOk, output.All[0].Method);
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{i}"), output.Bodies);
        Assert.Equal(Enumerable.Range(1, 20_000).Select(i => (ulong)i), output.Deliveries.Select(d => d.Tag));
        Assert.All(output.Deliveries, d => Assert.Equal(("c", queue, false), (d.ConsumerTag, d.RoutingKey, d.Redelivered)));
        await _bench.UntilAsync(queue, 0, flags == BasicConsumeFlags.NoAck ? 0 : 20_000);
        channel.Ack(0, multiple: true);
        await channel.FlushAsync(CancellationToken.None);
        Assert.Equal(0, (await _bench.StatusAsync(queue)).Unacked);
    }

    [Fact]
    public async Task A_body_larger_than_a_frame_and_a_chunk_arrives_whole()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        string[] bodies = [new('x', 200_000), "", new('y', 5000), "z"];
        await _bench.PublishAsync(queue, bodies);
        await channel.ConsumeAsync(queue, "c");
        await NativeCluster.Until(() => output.Deliveries.Count == 4, "all");
        Assert.Equal(bodies, output.Bodies);
    }

    [Fact]
    public async Task Prefetch_holds_for_later_consumers_each()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        channel.Prefetch(3);
        await channel.ConsumeAsync(queue, "three");
        channel.Prefetch(2);
        await channel.ConsumeAsync(queue, "two");
        await _bench.PublishAsync(queue, 0, 20);
        await _bench.UntilAsync(queue, 15, 5);
        await NativeCluster.Until(() => output.Deliveries.Count == 5, "both");
        Assert.Equal([3, 2], new[] { "three", "two" }.Select(t => output.Deliveries.Count(d => d.ConsumerTag == t)));
        channel.Ack(5, multiple: true);
        await _bench.UntilAsync(queue, 10, 5);
    }

    [Fact]
    public async Task Consumers_of_a_channel_share_a_global_limit_and_a_busy_one_gets_all_of_it()
    {
        var (channel, output) = _bench.OpenChannel();
        var (busy, idle) = (await _bench.QueueAsync(), await _bench.QueueAsync());
        channel.Prefetch(4, global: true);
        await channel.ConsumeAsync(busy, "busy");
        await channel.ConsumeAsync(idle, "idle");
        await _bench.PublishAsync(busy, 0, 10);
        await NativeCluster.Until(() => output.Deliveries.Count == 4, "the limit");
        await _bench.PublishAsync(idle, 100, 1);
        await _bench.UntilAsync(idle, 0, 1);
        Assert.Equal(4, output.Deliveries.Count);

        for (var i = 1UL; i <= 11; i++)
        {
            await NativeCluster.Until(() => output.Deliveries.Count >= (int)i, "the next");
            Assert.True(output.Deliveries.Count <= (int)i + 3);
            channel.Ack(i, multiple: false);
        }

        await _bench.UntilAsync(busy, 0, 0);
        await _bench.UntilAsync(idle, 0, 0);
    }

    [Fact]
    public async Task A_global_limit_set_later_holds_for_consumers_that_are_there()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c");
        channel.Prefetch(2, global: true);
        await _bench.PublishAsync(queue, 0, 10);
        await NativeCluster.Until(() => output.Deliveries.Count == 2, "two");
        channel.Prefetch(0, global: true);
        await NativeCluster.Until(() => output.Deliveries.Count == 10, "the rest");
    }

    [Fact]
    public async Task Consumers_get_messages_in_turn()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "a");
        await channel.ConsumeAsync(queue, "b");
        await _bench.PublishAsync(queue, 0, 10);
        await NativeCluster.Until(() => output.Deliveries.Count == 10, "all");
        Assert.Equal([5, 5], output.Deliveries.CountBy(d => d.ConsumerTag).Select(c => c.Value));
    }

    [Fact]
    public async Task Nothing_is_delivered_after_cancel_ok_and_what_was_delivered_can_still_be_settled()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        channel.Prefetch(5);
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 10);
        await NativeCluster.Until(() => output.Deliveries.Count == 5, "the prefetch");
        await channel.CancelAsync("c");
        channel.Ack(2, multiple: true);
        channel.Nack(3, multiple: false, requeue: true);
        channel.Reject(4, requeue: false);
        await channel.FlushAsync(CancellationToken.None);

        Assert.Equal(MethodId.BasicCancelOk, output.All[^1].Method);
        var status = await _bench.StatusAsync(queue);
        Assert.Equal((6, 1, 0), (status.Ready, status.Unacked, status.Consumers));
        await channel.DisposeAsync();
        await _bench.UntilAsync(queue, 7, 0);
    }

    [Fact]
    public async Task A_consumer_without_acknowledgements_gets_all_that_left_its_queue_before_cancel_ok()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await _bench.PublishAsync(queue, 0, 50_000);
        await channel.ConsumeAsync(queue, "c", BasicConsumeFlags.NoAck);
        await NativeCluster.Until(() => output.Deliveries.Count > 0, "the first");
        await channel.CancelAsync("c");

        Assert.Equal(MethodId.BasicCancelOk, output.All[^1].Method);
        Assert.Equal(50_000, output.Deliveries.Count + (await _bench.StatusAsync(queue)).Ready);
    }

    [Fact]
    public async Task Cancelling_an_unknown_tag_is_answered()
    {
        var (channel, output) = _bench.OpenChannel();
        await channel.CancelAsync("nobody");
        Assert.Equal((MethodId.BasicCancelOk, "nobody"), (output.All[0].Method, output.All[0].ConsumerTag));
    }

    [Fact]
    public async Task A_consumer_without_a_tag_gets_one()
    {
        var (channel, output) = _bench.OpenChannel();
        await channel.ConsumeAsync(await _bench.QueueAsync(), "");
        Assert.Matches("^amq\\.ctag-.{22}$", output.All[0].ConsumerTag);
    }

    [Fact]
    public async Task Refusals_have_their_codes_and_texts()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c", BasicConsumeFlags.Exclusive);

        await RefusedAsync(ReplyCode.NotAllowed, "attempt to reuse consumer tag 'c'", () => channel.ConsumeAsync(queue, "c"));
        await RefusedAsync(ReplyCode.AccessRefused, $"queue '{queue}' in vhost '/' in exclusive use", () => channel.ConsumeAsync(queue, "d"));
        await RefusedAsync(ReplyCode.NotFound, "no queue 'none' in vhost '/'", () => channel.ConsumeAsync("none", "e"));
        await RefusedAsync(ReplyCode.NotFound, "no queue 'none' in vhost '/'", () => channel.GetAsync("none"));
        await RefusedAsync(
            ReplyCode.PreconditionFailed,
            $"invalid arg 'x-priority' for queue '{queue}' in vhost '/': \"expected integer, got longstr\"",
            () => channel.ConsumeAsync(queue, "f", arguments: new FieldTable([KeyValuePair.Create("x-priority", (object?)"high")])));
        await RefusedAsync(ReplyCode.NotImplemented, "prefetch_size!=0 (7)", () => Task.Run(() => channel.Qos(new BasicQos(7, 0, false))));
        await RefusedAsync(ReplyCode.NotImplemented, "requeue=false", () => channel.RecoverAsync(requeue: false, CancellationToken.None));
        Assert.Single(output.All);
        // A tag whose consume was refused is free.
        await channel.CancelAsync("c");
        await channel.ConsumeAsync(queue, "d");
    }

    [Fact]
    public async Task A_user_without_read_permission_is_refused()
    {
        await using var bench = new ChannelBench(cluster, user: "nobody");
        var (channel, _) = bench.OpenChannel();
        var queue = await bench.QueueAsync();
        var text = $"access to queue '{queue}' in vhost '/' refused for user 'nobody'";
        await RefusedAsync(ReplyCode.AccessRefused, text, () => channel.ConsumeAsync(queue, "c"));
        await RefusedAsync(ReplyCode.AccessRefused, text, () => channel.GetAsync(queue));
    }

    [Fact]
    public async Task Consumers_of_higher_priority_are_served_first()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        channel.Prefetch(2);
        await channel.ConsumeAsync(queue, "low", arguments: new FieldTable([KeyValuePair.Create("x-priority", (object?)-1L)]));
        await channel.ConsumeAsync(queue, "normal");
        await _bench.PublishAsync(queue, 0, 3);
        await NativeCluster.Until(() => output.Deliveries.Count == 3, "all");
        Assert.Equal(["normal", "normal", "low"], output.Deliveries.OrderBy(d => d.Body).Select(d => d.ConsumerTag));
    }

    [Fact]
    public async Task Closing_the_channel_returns_what_is_unsettled()
    {
        var (channel, output) = _bench.OpenChannel();
        var (other, got) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await _bench.PublishAsync(queue, 0, 4);
        await other.GetAsync(queue);
        await channel.GetAsync(queue);
        await channel.ConsumeAsync(queue, "c");
        await NativeCluster.Until(() => output.Deliveries.Count == 2, "the rest");
        await channel.DisposeAsync();
        await _bench.UntilAsync(queue, 3, 1);
        await other.ConsumeAsync(queue, "d");
        await NativeCluster.Until(() => got.Deliveries.Count == 3, "again");
        Assert.All(got.Deliveries, d => Assert.True(d.Redelivered));
        Assert.Equal(["1", "2", "3"], got.Bodies);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_can_be_cancelled_learns_that_its_queue_was_deleted(bool canBeCancelled)
    {
        await using var bench = new ChannelBench(cluster, canBeCancelled: canBeCancelled);
        var (channel, output) = bench.OpenChannel();
        var (queue, other) = (await bench.QueueAsync(), await bench.QueueAsync());
        await channel.ConsumeAsync(queue, "c");
        await bench.DeleteAsync(queue);
        if (canBeCancelled)
        {
            await NativeCluster.Until(() => output.All.Any(w => w is { Method: MethodId.BasicCancel, ConsumerTag: "c" }), "the cancel");
        }

        await channel.CancelAsync("c");
        Assert.Equal(MethodId.BasicCancelOk, output.All[^1].Method);
        Assert.Equal(canBeCancelled, output.All.Any(w => w.Method == MethodId.BasicCancel));
        await channel.ConsumeAsync(other, "c");
    }

    [Fact]
    public async Task A_queue_that_moved_delivers_again_and_old_tags_do_no_harm()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        channel.Prefetch(2);
        await channel.ConsumeAsync(queue, "c");
        await _bench.PublishAsync(queue, 0, 3);
        await NativeCluster.Until(() => output.Deliveries.Count == 2, "the first two");
        await _bench.MoveAsync(queue);
        await NativeCluster.Until(() => output.Deliveries.Count == 4, "the first two again");
        Assert.Equal([false, false, true, true], output.Deliveries.Select(d => d.Redelivered));

        channel.Ack(2, multiple: true);
        await channel.FlushAsync(CancellationToken.None);
        Assert.Equal(3, (await _bench.StatusAsync(queue)) is var s ? s.Ready + s.Unacked : 0);
        channel.Ack(4, multiple: true);
        await NativeCluster.Until(() => output.Deliveries.Count == 5, "the third");
        Assert.Equal("2", output.Bodies[^1]);
    }

    [Fact]
    public async Task A_connection_without_room_holds_up_nobody_and_gets_no_more_than_its_window()
    {
        var (slow, full) = _bench.OpenChannel();
        var (fast, output) = _bench.OpenChannel();
        var (queue, other) = (await _bench.QueueAsync(), await _bench.QueueAsync());
        full.SetRoom(false);
        await slow.ConsumeAsync(queue, "slow", BasicConsumeFlags.NoAck);
        await fast.ConsumeAsync(other, "fast", BasicConsumeFlags.NoAck);
        await _bench.PublishAsync(queue, 0, 30_000);
        await _bench.PublishAsync(other, 0, 30_000);
        await NativeCluster.Until(() => output.Deliveries.Count == 30_000, "the fast one");
        Assert.Equal(30_000 - 64, (await _bench.StatusAsync(queue)).Ready);
        Assert.Empty(full.Deliveries);
        full.SetRoom(true);
        await NativeCluster.Until(() => full.Deliveries.Count == 30_000, "the slow one");
        Assert.Equal(Enumerable.Range(0, 30_000).Select(i => $"{i}"), full.Bodies);
    }

    [Fact]
    public async Task Flow_pauses_deliveries()
    {
        var (channel, output) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await channel.ConsumeAsync(queue, "c");
        channel.SetFlow(false);
        await _bench.PublishAsync(queue, 0, 3);
        await _bench.UntilAsync(queue, 0, 3);
        Assert.Empty(output.Deliveries);
        channel.SetFlow(true);
        await NativeCluster.Until(() => output.Deliveries.Count == 3, "all");
    }

    private static async Task RefusedAsync(ReplyCode code, string text, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<BrokerException>(call);
        Assert.Equal(code, refusal.Code);
        Assert.EndsWith(" - " + text, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_deletes_a_queue_is_told_that_its_consumer_ended_after_the_answer()
    {
        var (deleting, output) = _bench.OpenChannel();
        var (other, otherOutput) = _bench.OpenChannel();
        var queue = await _bench.QueueAsync();
        await deleting.ConsumeAsync(queue, "mine");
        await other.ConsumeAsync(queue, "other");
        await deleting.HoldEndsAsync(async () =>
        {
            await _bench.DeleteAsync(queue);
            await NativeCluster.Until(() => otherOutput.All.Any(w => w.Method == MethodId.BasicCancel), "the other's cancel");
            Assert.DoesNotContain(output.All, w => w.Method == MethodId.BasicCancel);
        });
        await NativeCluster.Until(() => output.All.Any(w => w is { Method: MethodId.BasicCancel, ConsumerTag: "mine" }), "the cancel");
    }
}
