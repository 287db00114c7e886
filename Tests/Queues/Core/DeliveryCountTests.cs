using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class DeliveryCountTests
{
    [Fact]
    public void Rejects_count_returns_do_not_and_the_first_delivery_says_nothing()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Publish(Message("a", headers: Table(("mine", 1))));
        AssertHeaders(bench, null, null);
        bench.Settle(1, 1, 1, Settlement.Return);
        bench.Run();
        AssertHeaders(bench, 0L, 1L);
        bench.Settle(1, 2, 2, Settlement.Reject);
        bench.Run();
        AssertHeaders(bench, 1L, 2L);
        bench.Settle(1, 3, 3, Settlement.Reject);
        bench.Run();
        AssertHeaders(bench, 2L, 3L);
    }

    [Fact]
    public void A_lost_consumer_counts_as_a_reject()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Publish(Message("a"));
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: true, bench.Now);
        bench.Deliveries.Clear();
        bench.Attach(2);
        bench.Run();
        AssertHeaders(bench, 1L, 1L);
    }

    [Fact]
    public void Beyond_the_limit_a_message_is_dead_lettered()
    {
        var bench = new QueueWorkbench(Table(("x-delivery-limit", 2), ("x-dead-letter-exchange", "dlx")));
        bench.Attach(1);
        bench.Publish(Message("a", persistent: true));
        for (var delivery = 1; delivery <= 3; delivery++)
        {
            Assert.Equal(1, bench.Core.UnackedCount);
            bench.Settle(1, delivery, delivery, Settlement.Reject);
            bench.Run();
        }

        Assert.Equal((0, 0), (bench.Core.ReadyCount, bench.Core.UnackedCount));
        var letter = bench.DeadLetters.Single().Message;
        Assert.Equal("delivery_limit", letter.Headers()["x-first-death-reason"]);
        Assert.False(letter.Headers().ContainsKey("x-delivery-count"));
    }

    [Fact]
    public void Returns_never_reach_the_limit()
    {
        var bench = new QueueWorkbench(Table(("x-delivery-limit", 1)));
        bench.Attach(1);
        bench.Publish(Message("a"));
        for (var delivery = 1; delivery <= 10; delivery++)
        {
            bench.Settle(1, delivery, delivery, Settlement.Return);
            bench.Run();
        }

        Assert.Equal(1, bench.Core.UnackedCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Counts_outlive_their_owner(bool crash)
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Publish(Message("a", persistent: true));
        bench.Settle(1, 1, 1, Settlement.Reject);
        bench.Run();
        bench.Settle(1, 2, 2, Settlement.Reject);
        bench.Run();
        if (crash)
        {
            bench.Crash();
        }
        else
        {
            bench.Release();
        }

        bench.Deliveries.Clear();
        bench.Attach(2);
        bench.Run();
        Assert.Equal(2L, Delivered(bench).Headers()["x-delivery-count"]);
    }

    private static Grains.Interfaces.Messages.BrokerMessage Delivered(QueueWorkbench bench) =>
        bench.Deliveries.Single().Batch.Messages.Messages.Span[0];

    private static void AssertHeaders(QueueWorkbench bench, object? deliveryCount, object? acquiredCount)
    {
        var headers = Delivered(bench).Headers();
        Assert.Equal(deliveryCount, headers["x-delivery-count"]);
        Assert.Equal(acquiredCount, headers["x-acquired-count"]);
        bench.Deliveries.Clear();
    }
}
