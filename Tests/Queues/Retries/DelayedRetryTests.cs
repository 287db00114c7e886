using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Retries;

public sealed class DelayedRetryTests
{
    [Theory]
    [InlineData("all", Settlement.Reject, true)]
    [InlineData("all", Settlement.Return, true)]
    [InlineData("failed", Settlement.Reject, true)]
    [InlineData("failed", Settlement.Return, false)]
    [InlineData("returned", Settlement.Reject, false)]
    [InlineData("returned", Settlement.Return, true)]
    [InlineData("disabled", Settlement.Reject, false)]
    public void The_type_says_which_returned_messages_wait(string type, Settlement how, bool waits)
    {
        var bench = Bench(type, 100, 1_000);
        bench.Publish(Message("a"));
        Take(bench, "a");
        bench.Settle(1, 1, 1, how);
        bench.Run();
        Assert.Equal(waits ? [] : ["a"], bench.Taken(1));
        bench.Pass(99);
        Assert.Empty(bench.Taken(1));
        bench.Pass(1);
        Assert.Equal(waits ? ["a"] : [], bench.Taken(1));
    }

    [Fact]
    public void The_wait_grows_with_each_failed_delivery_up_to_the_longest()
    {
        var bench = Bench("all", 100, 250);
        bench.Publish(Message("a", persistent: true));
        Take(bench, "a");
        var delivery = 0L;
        foreach (var wait in new[] { 100, 200, 250, 250 })
        {
            bench.Settle(1, ++delivery, delivery, Settlement.Reject);
            bench.Run();
            Assert.Equal(bench.Now + wait, bench.Core.NextDeadline());
            bench.Pass(wait - 1);
            Assert.Empty(bench.Taken(1));
            bench.Pass(1);
            Assert.Equal(["a"], bench.Taken(1));
        }
    }

    [Fact]
    public void Others_pass_it_by_and_it_comes_back_to_its_place()
    {
        var bench = Bench("all", 100, 100);
        bench.Publish(Message("a"), Message("b"));
        bench.Attach(1, credit: 1);
        bench.Run();
        Assert.Equal(["a"], bench.Taken(1));
        bench.Settle(1, 1, 1, Settlement.Return);
        bench.Grant(1, 2);
        bench.Run();
        Assert.Equal(["b"], bench.Taken(1));
        bench.Publish(Message("c"));
        bench.Pass(100);
        bench.Grant(1, 4);
        bench.Run();
        Assert.Equal(["a", "c"], bench.Taken(1));
    }

    [Fact]
    public void It_is_redelivered_counted_and_ends_at_the_limit()
    {
        var bench = new QueueWorkbench(Table(("x-delayed-retry-type", "all"), ("x-delayed-retry-min", 100), ("x-delivery-limit", 1)));
        bench.Publish(Message("a"));
        Take(bench, "a");
        bench.Settle(1, 1, 1, Settlement.Reject);
        bench.Pass(100);
        Assert.Equal([0], Assert.Single(bench.Deliveries).Batch.Redelivered!);
        bench.Settle(1, 2, 2, Settlement.Reject);
        bench.Run();
        Assert.Contains(bench.Drops, d => d.Reason == DropReason.DeliveryLimit);
        Assert.True(bench.Core.NextDeadline() > bench.Now + 100);
    }

    [Fact]
    public void It_expires_on_time_while_it_waits_and_goes_with_a_purge()
    {
        var bench = Bench("all", 1_000, 1_000);
        bench.Publish(Message("a", expiration: "50"), Message("b"));
        Take(bench, "a", "b");
        bench.Settle(1, 1, 2, Settlement.Reject);
        bench.Pass(50);
        Assert.Equal(1, bench.Drops.Single(d => d.Reason == DropReason.Expired).Count);
        Assert.Throws<BrokerException>(() => bench.Core.CheckDelete(new DeleteQueueOptions { IfEmpty = true }));
        Assert.Equal(1, bench.Core.Purge(bench.Now));
        bench.Pass(2_000);
        Assert.Empty(bench.Taken(1));
    }

    [Fact]
    public void A_consumer_that_returns_everything_does_not_make_the_queue_grow()
    {
        var bench = new QueueWorkbench(
            Table(("x-delayed-retry-type", "all"), ("x-delayed-retry-min", 1_000_000)), limits: new QueueLimits { HeadMessages = 4 });
        bench.Attach(1, credit: 100);
        for (var i = 1; i <= 6; i++)
        {
            bench.Publish(Message($"m{i}", persistent: true));
            bench.Settle(1, i, i, Settlement.Reject);
        }

        bench.Run();
        Assert.Equal(["m1", "m2", "m3", "m4", "m5", "m1", "m6", "m1"], bench.Taken(1));
        Assert.Equal(4, bench.Core.Census().Deferred.Count);
    }

    [Fact]
    public void A_crash_ends_the_wait_and_keeps_the_message_and_its_count()
    {
        var bench = Bench("all", 1_000, 1_000);
        bench.Publish(Message("a", persistent: true));
        Take(bench, "a");
        bench.Settle(1, 1, 1, Settlement.Reject);
        bench.Run();
        bench.Crash();
        bench.Attach(2);
        bench.Run();
        var batch = Assert.Single(bench.Deliveries, d => d.Consumer == QueueWorkbench.Consumer(2)).Batch;
        Assert.Equal([0], batch.Redelivered!);
        Assert.Equal(1L, batch.Messages.Messages.Span[0].Headers()["x-delivery-count"]);
    }

    [Fact]
    public void The_arguments_are_checked()
    {
        Assert.Throws<BrokerException>(() => Bench("sometimes", 1, 1));
        Assert.Throws<BrokerException>(() => Bench("all", -1, 1));
    }

    private static QueueWorkbench Bench(string type, int least, int most) =>
        new(Table(("x-delayed-retry-type", type), ("x-delayed-retry-min", least), ("x-delayed-retry-max", most)));

    private static void Take(QueueWorkbench bench, params string[] expected)
    {
        bench.Attach(1);
        bench.Run();
        Assert.Equal(expected, bench.Taken(1));
    }
}
