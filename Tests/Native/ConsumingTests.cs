using System.Collections.Concurrent;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Interfaces.Errors;

namespace OrleansBroker.Tests.Native;

[Collection(OneSilo.Name)]
public sealed class ConsumingTests(NativeCluster cluster)
{
    [Fact]
    public async Task Without_a_queue_the_default_queue_carries_the_message()
    {
        var connection = await cluster.ConnectAsync();
        var got = new TaskCompletionSource<string>();

        await using var subscription = await connection.SubscribeAsync(message => { got.TrySetResult(message.Text); });
        await connection.PublishAsync("hello");

        Assert.Equal("hello", await got.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("default", subscription.Queue);
    }

    [Fact]
    public async Task A_message_is_acked_when_its_handler_returns()
    {
        var (connection, queue) = await WithQueueAsync("acked");
        var handled = 0;

        await using (await connection.SubscribeAsync(_ => { Interlocked.Increment(ref handled); }, queue))
        {
            await connection.PublishBatchAsync(Enumerable.Range(0, 100), queue: queue);
            await NativeCluster.Until(() => handled == 100, "all handled");
        }

        var info = await connection.GetQueueAsync(queue);
        Assert.Equal((0, 0, 0), (info.Messages, info.Unacked, info.Consumers));
    }

    [Fact]
    public async Task A_handler_that_throws_returns_the_message_until_the_limit_then_it_is_dead_lettered()
    {
        var (connection, dead) = await WithQueueAsync("dead");
        var queue = NativeCluster.Unique("poison");
        await connection.CreateQueueAsync(
            queue, options: new() { DeliveryLimit = 3, DeadLetterExchange = "", DeadLetterRoutingKey = dead });
        var attempts = new ConcurrentQueue<(bool Redelivered, long Count)>();
        var errors = 0;

        await using var subscription = await connection.SubscribeAsync(
            (Delivery d) =>
            {
                attempts.Enqueue((d.Redelivered, d.DeliveryCount));
                throw new InvalidOperationException("poison");
            },
            queue,
            onError: (_, _) => Interlocked.Increment(ref errors));
        await connection.PublishAsync("bad", queue: queue);

        await NativeCluster.Until(async () => (await connection.GetQueueAsync(dead)).Messages == 1, "the dead letter");
        Assert.Equal([(false, 0), (true, 1), (true, 2), (true, 3)], attempts);
        Assert.Equal(4, errors);
        Assert.Equal("bad", (await connection.GetAsync(dead, autoAck: true))!.Text);
    }

    [Fact]
    public async Task Nack_returns_the_message_to_its_place_and_without_requeue_dead_letters_it()
    {
        var (connection, dead) = await WithQueueAsync("dead");
        var queue = NativeCluster.Unique("nack");
        await connection.CreateQueueAsync(queue, options: new() { DeadLetterExchange = "", DeadLetterRoutingKey = dead });
        await connection.PublishBatchAsync(["1", "2"], queue: queue);
        var seen = new List<(string, bool)>();

        await foreach (var delivery in connection.ReadAllAsync(queue, prefetch: 1))
        {
            seen.Add((delivery.Text, delivery.Redelivered));
            await (seen.Count switch
            {
                1 => delivery.NackAsync(),
                2 => delivery.NackAsync(requeue: false),
                _ => delivery.AckAsync(),
            });
            if (seen.Count == 3)
            {
                break;
            }
        }

        Assert.Equal([("1", false), ("1", true), ("2", false)], seen);
        Assert.Equal("1", (await connection.GetAsync(dead, autoAck: true))!.Text);
    }

    [Fact]
    public async Task What_a_loop_leaves_unsettled_returns_in_order()
    {
        var (connection, queue) = await WithQueueAsync("left");
        await connection.PublishBatchAsync(["1", "2", "3"], queue: queue);

        await foreach (var _ in connection.ReadAllAsync(queue))
        {
            break;
        }

        var first = await connection.GetAsync(queue, autoAck: true);
        Assert.Equal(("1", true), (first!.Text, first.Redelivered));
        Assert.Equal("2", (await connection.GetAsync(queue, autoAck: true))!.Text);
        Assert.Equal("3", (await connection.GetAsync(queue, autoAck: true))!.Text);
    }

    [Fact]
    public async Task Prefetch_bounds_what_is_unsettled()
    {
        var (connection, queue) = await WithQueueAsync("prefetch");
        await connection.PublishBatchAsync(Enumerable.Range(0, 50), queue: queue);
        var held = new List<Delivery>();

        await using var reader = connection.ReadAllAsync(queue, prefetch: 5).GetAsyncEnumerator();
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await reader.MoveNextAsync());
            held.Add(reader.Current);
        }

        Assert.Equal((45, 5), await CountsAsync(connection, queue));
        await held[0].AckAsync();
        await held[1].AckAsync();
        await NativeCluster.Until(async () => await CountsAsync(connection, queue) == (43, 5), "two more");
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("5", reader.Current.Text);
    }

    [Fact]
    public async Task A_slow_consumer_holds_up_no_other_one()
    {
        var (connection, slowQueue) = await WithQueueAsync("slow");
        var (_, fastQueue) = await WithQueueAsync("fast");
        using var blocked = new SemaphoreSlim(0);
        var fast = 0;
        await using var slow = await connection.SubscribeAsync(async (Delivery _) => await blocked.WaitAsync(), slowQueue, prefetch: 10);
        await using var quick = await connection.SubscribeAsync(_ => { Interlocked.Increment(ref fast); }, fastQueue, prefetch: 10);

        await connection.PublishBatchAsync(Enumerable.Range(0, 1000), queue: slowQueue);
        await connection.PublishBatchAsync(Enumerable.Range(0, 1000), queue: fastQueue);

        await NativeCluster.Until(() => fast == 1000, "the fast one");
        Assert.Equal((990, 10), await CountsAsync(connection, slowQueue));
        blocked.Release(2000);
    }

    [Fact]
    public async Task Cancelling_ends_the_loop_and_the_subscription()
    {
        var (connection, queue) = await WithQueueAsync("cancel");
        using var cancellation = new CancellationTokenSource();
        var subscription = await connection.SubscribeAsync(_ => { }, queue, cancellationToken: cancellation.Token);
        var loop = Task.Run(async () =>
        {
            await foreach (var _ in connection.ReadAllAsync(queue, cancellationToken: cancellation.Token))
            {
            }
        });
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Consumers == 2, "both consumers");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);
        await subscription.Completion;
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Consumers == 0, "no consumer");
    }

    [Fact]
    public async Task A_queue_that_is_deleted_ends_its_readers_with_a_404()
    {
        var (connection, queue) = await WithQueueAsync("deleted");
        var subscription = await connection.SubscribeAsync(_ => { }, queue);
        await using var reader = connection.ReadAllAsync(queue).GetAsyncEnumerator();
        var next = reader.MoveNextAsync().AsTask();
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Consumers == 2, "both consumers");

        await connection.DeleteQueueAsync(queue);

        Assert.Equal(ReplyCode.NotFound, (await Assert.ThrowsAsync<BrokerException>(() => next)).Code);
        Assert.Equal(ReplyCode.NotFound, (await Assert.ThrowsAsync<BrokerException>(() => subscription.Completion)).Code);
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_refuses_consumers_with_a_404()
    {
        var connection = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<BrokerException>(() => connection.SubscribeAsync(_ => { }, "no-such-queue"));
        Assert.Equal("NOT_FOUND - no queue 'no-such-queue' in vhost '/'", failure.Message);
        await Assert.ThrowsAsync<BrokerException>(() => connection.GetAsync("no-such-queue"));
        await Assert.ThrowsAsync<BrokerException>(() => connection.GetQueueAsync("no-such-queue"));
    }

    [Fact]
    public async Task Many_messages_arrive_once_and_in_order_whatever_the_prefetch()
    {
        var (connection, queue) = await WithQueueAsync("many");
        var seen = new ConcurrentQueue<int>();
        await using var subscription = await connection.SubscribeAsync(d => { seen.Enqueue(d.As<int>()); }, queue, prefetch: 7);

        await Task.WhenAll(Enumerable.Range(0, 20_000).Select(i => connection.PublishAsync(i, queue: queue)));

        await NativeCluster.Until(() => seen.Count >= 20_000, "all of them");
        Assert.Equal(Enumerable.Range(0, 20_000), seen);
    }

    [Fact]
    public async Task Automatic_acks_keep_flowing_and_leave_nothing_behind()
    {
        var (connection, queue) = await WithQueueAsync("auto");
        var seen = new ConcurrentQueue<int>();
        await using var subscription = await connection.SubscribeAsync(d => { seen.Enqueue(d.As<int>()); }, queue, prefetch: 10, autoAck: true);

        await connection.PublishBatchAsync(Enumerable.Range(0, 5000), queue: queue);

        await NativeCluster.Until(() => seen.Count >= 5000, "all of them");
        Assert.Equal(Enumerable.Range(0, 5000), seen);
        Assert.Equal((0, 0), await CountsAsync(connection, queue));
    }

    [Fact]
    public async Task The_first_settlement_of_a_delivery_counts()
    {
        var (connection, queue) = await WithQueueAsync("twice");
        var handled = new TaskCompletionSource();
        await using var subscription = await connection.SubscribeAsync(
            async (Delivery d) =>
            {
                await d.RejectAsync(requeue: false);
                await d.AckAsync();
                handled.TrySetResult();
            },
            queue);

        await connection.PublishAsync("x", queue: queue);

        await handled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await NativeCluster.Until(async () => await CountsAsync(connection, queue) == (0, 0), "the rejection");
    }

    [Fact]
    public async Task Inside_a_silo_consumers_work_as_outside()
    {
        var inside = cluster.Inside();
        var queue = NativeCluster.Unique("inside");
        await inside.CreateQueueAsync(queue);
        var seen = new ConcurrentQueue<int>();
        await using var subscription = await inside.SubscribeAsync(d => { seen.Enqueue(d.As<int>()); }, queue);

        await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => inside.PublishAsync(i, queue: queue)));

        await NativeCluster.Until(() => seen.Count >= 5000, "all of them");
        Assert.Equal(Enumerable.Range(0, 5000), seen);
    }

    [Fact]
    public async Task A_handler_may_end_its_own_subscription()
    {
        var (connection, queue) = await WithQueueAsync("self");
        Subscription? subscription = null;
        var ended = new TaskCompletionSource();
        var ready = new TaskCompletionSource();
        subscription = await connection.SubscribeAsync(
            async (Delivery _) =>
            {
                await ready.Task;
                await subscription!.DisposeAsync();
                ended.TrySetResult();
            },
            queue);
        ready.SetResult();

        await connection.PublishBatchAsync(["1", "2"], queue: queue);

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await subscription.Completion.WaitAsync(TimeSpan.FromSeconds(10));
        await NativeCluster.Until(async () => (await connection.GetQueueAsync(queue)).Consumers == 0, "no consumer");
    }

    private static async Task<(long Ready, long Unacked)> CountsAsync(IBrokerConnection connection, string queue)
    {
        var info = await connection.GetQueueAsync(queue);
        return (info.Messages, info.Unacked);
    }

    private async Task<(Connection Connection, string Queue)> WithQueueAsync(string prefix)
    {
        var connection = await cluster.ConnectAsync();
        var queue = NativeCluster.Unique(prefix);
        await connection.CreateQueueAsync(queue);
        return (connection, queue);
    }
}
