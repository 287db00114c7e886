using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class ExpiryTests
{
    [Fact]
    public void A_queues_time_to_live_ends_its_messages()
    {
        var bench = new QueueWorkbench(Table(("x-message-ttl", 100)));
        bench.Publish(Message("a", persistent: true));
        bench.Now += 50;
        bench.Publish(Message("b"));
        Assert.Equal(bench.Now + 50, bench.Core.NextDeadline());
        bench.Pass(50);
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.Empty(bench.Store.Messages);
        bench.Pass(50);
        Assert.Equal(0, bench.Core.ReadyCount);
        Assert.Equal(2, bench.Drops.Where(d => d is { Reason: DropReason.Expired, DeadLettered: false }).Sum(d => d.Count));
    }

    [Fact]
    public void A_messages_own_time_to_live_ends_it_on_time_behind_others_that_stay()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("stays"), Message("goes", expiration: "100"), Message("stays too"));
        Assert.Equal(bench.Now + 100, bench.Core.NextDeadline());
        bench.Pass(100);
        Assert.Equal(2, bench.Core.ReadyCount);
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["stays", "stays too"], bench.Taken(1));
    }

    [Fact]
    public void The_shorter_of_both_counts()
    {
        var bench = new QueueWorkbench(Table(("x-message-ttl", 100)));
        bench.Publish(Message("short", expiration: "10"), Message("long", expiration: "1000"));
        bench.Pass(10);
        Assert.Equal(1, bench.Core.ReadyCount);
        bench.Pass(90);
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void An_expired_message_is_not_delivered_even_when_no_tick_came()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", expiration: "10"), Message("b"));
        bench.Now += 10;
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["b"], bench.Taken(1));
    }

    [Fact]
    public void A_message_that_is_with_a_consumer_expires_when_it_returns()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Publish(Message("a", expiration: "10"));
        bench.Pass(20);
        Assert.Equal(1, bench.Core.UnackedCount);
        bench.Settle(1, 1, 1, Settlement.Reject);
        bench.Run();
        Assert.Equal(0, bench.Core.ReadyCount + bench.Core.UnackedCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_time_to_live_of_0_means_at_once_or_not_at_all(bool persistent)
    {
        foreach (var (arguments, expiration) in new[] { (Table(("x-message-ttl", 0)), null), (Table(), "0") })
        {
            var bench = new QueueWorkbench(arguments);
            bench.Publish(Message("nobody", persistent, expiration));
            Assert.Equal(0, bench.Core.ReadyCount);
            bench.Attach(1);
            bench.Publish(Message("somebody", persistent, expiration));
            Assert.Equal(["somebody"], bench.Taken(1));
        }
    }

    [Fact]
    public void A_message_that_lives_0_waits_for_a_consumer_that_only_waits_for_its_last_delivery()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 2);
        bench.Enqueue(Message("a"));
        bench.Collect();
        bench.Enqueue(Message("b", expiration: "0"), Message("c", expiration: "0"));
        bench.Collect();
        bench.CompleteDelivery();
        Assert.Equal(["a", "b"], bench.Taken(1));
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void Messages_expire_in_every_priority()
    {
        var bench = new QueueWorkbench(Table(("x-max-priority", 3), ("x-message-ttl", 100)));
        bench.Publish(Message("a", priority: 0), Message("b", priority: 3), Message("c", priority: 1));
        bench.Pass(100);
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_message_that_only_the_store_holds_expires_on_time()
    {
        var bench = new QueueWorkbench(limits: new QueueLimits { HeadMessages = 2, PageMessages = 2 });
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Message($"{i}", persistent: i % 3 == 0, expiration: i % 2 == 1 ? "100" : null))]);
        Assert.Equal(20, bench.Core.ReadyCount);
        bench.Pass(99);
        Assert.Equal(20, bench.Core.ReadyCount);
        Assert.Equal(bench.Now + 1, bench.Core.NextDeadline());
        bench.Pass(1);
        Assert.Equal(10, bench.Core.ReadyCount);
        Assert.DoesNotContain(bench.Store.Messages, m => m.ExpiresAt is not null);
        bench.Attach(1, noAck: true);
        bench.Run();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{2 * i}"), bench.Taken(1));
    }

    [Fact]
    public void What_is_consumed_long_before_it_expires_is_not_looked_up_in_the_index()
    {
        var bench = new QueueWorkbench(limits: new QueueLimits { HeadMessages = 4, PageMessages = 3, ExpiryPositions = 4 });
        bench.Publish([.. Enumerable.Range(0, 40).Select(i => Message($"{i}", persistent: true, expiration: "100000"))]);
        bench.Crash();
        bench.Run();
        Assert.Equal(1, bench.Looks);
        bench.Attach(1, noAck: true);
        bench.Run();
        Assert.Equal(40, bench.Taken(1).Length);
        Assert.Equal(1, bench.Looks);
    }

    [Fact]
    public void A_new_owner_ends_what_expired_meanwhile()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true, expiration: "100"), Message("b", persistent: true));
        bench.Release();
        bench.Now += 100;
        bench.Run();
        Assert.Equal(1, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_new_time_to_live_holds_for_messages_that_come_after_it()
    {
        var bench = new QueueWorkbench(Table(("x-message-ttl", 1000)));
        bench.Publish(Message("old"));
        bench.Core.Reconfigure(bench.Settings with { MessageTtl = 100 }, bench.Now);
        bench.Publish(Message("new"));
        bench.Pass(100);
        Assert.Equal(1, bench.Core.ReadyCount);
        bench.Pass(900);
        Assert.Equal(0, bench.Core.ReadyCount);
    }
}
