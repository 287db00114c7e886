using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class DeliveryOrderTests
{
    [Fact]
    public void Messages_are_delivered_in_the_order_they_came_as_far_as_credit_goes()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a"), Message("b"), Message("c"));
        bench.Attach(1, credit: 2);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(1));
        bench.Settle(1, 1, 2, Settlement.Ack);
        bench.Run();
        Assert.Empty(bench.Taken(1));
        bench.Grant(1, 3);
        bench.Run();
        Assert.Equal(["c"], bench.Taken(1));
    }

    [Fact]
    public void A_grant_is_a_total_and_counts_once_however_often_it_comes()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Publish(Message("a"), Message("b"), Message("c"), Message("d"));
        bench.Grant(1, 2);
        bench.Grant(1, 2);
        bench.Grant(1, 1);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(1));
    }

    [Fact]
    public void Credit_that_is_not_used_can_be_taken_back_and_granted_anew()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 10);
        bench.Publish(Message("a"), Message("b"));
        bench.Grant(1, 0);
        bench.Publish(Message("c"), Message("d"));
        Assert.Equal(["a", "b"], bench.Taken(1));
        bench.Grant(1, 3);
        bench.Run();
        Assert.Equal(["c"], bench.Taken(1));
    }

    [Fact]
    public void What_was_shown_to_nobody_returns_as_it_was()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 2);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        bench.Grant(1, 0);
        bench.Settle(1, 1, 2, Settlement.Release);
        bench.Attach(2);
        bench.Run();
        var delivery = Assert.Single(bench.Deliveries, d => d.Consumer == QueueWorkbench.Consumer(2));
        Assert.Null(delivery.Batch.Redelivered);
        Assert.Equal(["a", "b", "c"], bench.Taken(2));
    }

    [Fact]
    public void What_was_shown_to_nobody_is_marked_where_somebody_else_has_got_a_later_message()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Attach(2, credit: 1);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        bench.Run();
        Assert.Equal(["b"], bench.Taken(2));
        bench.Settle(1, 1, 1, Settlement.Release);
        bench.Grant(2, 3);
        bench.Run();
        Assert.Equal([0], Assert.Single(bench.Deliveries, d => d.Consumer == QueueWorkbench.Consumer(2)).Batch.Redelivered!);
        Assert.Equal(["a", "c"], bench.Taken(2));
    }

    [Fact]
    public void Settling_grants_nothing_by_itself()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Publish(Message("a"), Message("b"));
        bench.Settle(1, 1, 1, Settlement.Reject);
        bench.Run();
        Assert.Equal(["a"], bench.Taken(1));
    }

    [Fact]
    public void Consumers_take_turns_message_by_message()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Attach(2);
        bench.Publish(Message("a"), Message("b"), Message("c"), Message("d"), Message("e"));
        Assert.Equal(["a", "c", "e"], bench.Taken(1));
        Assert.Equal(["b", "d"], bench.Taken(2));
        bench.Publish(Message("f"));
        bench.Publish(Message("g"));
        Assert.Single(bench.Taken(1));
        Assert.Single(bench.Taken(2));
    }

    [Fact]
    public void A_consumer_without_credit_is_passed_over()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Attach(2);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        Assert.Equal(["a"], bench.Taken(1));
        Assert.Equal(["b", "c"], bench.Taken(2));
    }

    [Fact]
    public void A_consumer_has_one_delivery_under_way_at_a_time()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Enqueue(Message("a"));
        bench.Collect();
        bench.Enqueue(Message("b"));
        bench.Enqueue(Message("c"));
        bench.Collect();
        Assert.Equal(["a"], bench.Taken(1));
        bench.CompleteDelivery();
        Assert.Equal(2, bench.Deliveries.Single().Batch.FirstDelivery);
        Assert.Equal(["b", "c"], bench.Taken(1));
    }

    [Fact]
    public void A_batch_ends_at_its_limits_in_messages_and_octets()
    {
        var bench = new QueueWorkbench(limits: new QueueLimits { DeliveryBatchMessages = 2, DeliveryBatchBytes = 50 });
        bench.Publish(Message("a"), Message("b"), Message("c"), Message(new string('d', 60)), Message("e"));
        bench.Attach(1);
        bench.Run();
        Assert.Equal([2, 2, 1], bench.Deliveries.Select(d => d.Batch.Messages.Count));
        Assert.Equal([1, 3, 5], bench.Deliveries.Select(d => d.Batch.FirstDelivery));
    }

    [Theory]
    [InlineData(Settlement.Reject)]
    [InlineData(Settlement.Return)]
    public void A_returned_message_goes_back_to_its_place_and_is_marked(Settlement how)
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a"), Message("b"), Message("c"), Message("d"));
        bench.Attach(1, credit: 3);
        bench.Run();
        bench.Deliveries.Clear();
        bench.Settle(1, 3, 3, how);
        bench.Settle(1, 1, 1, how);
        bench.Attach(2);
        bench.Run();
        Assert.Equal([0, 1], bench.Deliveries.Single().Batch.Redelivered!);
        Assert.Equal(["a", "c", "d"], bench.Taken(2));
    }

    [Fact]
    public void A_range_settles_what_is_unsettled_in_it_and_nothing_else()
    {
        var bench = new QueueWorkbench();
        bench.Publish([.. Enumerable.Range(1, 10).Select(i => Message($"{i}"))]);
        bench.Attach(1, credit: 10);
        bench.Run();
        bench.Settle(1, 4, 4, Settlement.Ack);
        bench.Settle(1, 0, 6, Settlement.Ack);
        bench.Settle(1, 3, 5, Settlement.Reject);
        bench.Settle(1, 100, long.MaxValue, Settlement.Reject);
        bench.Settle(2, 1, 9, Settlement.Reject);
        bench.Run();
        Assert.Equal(4, bench.Core.UnackedCount);
        Assert.Equal(0, bench.Core.ReadyCount);
        bench.Settle(1, long.MinValue, long.MaxValue, Settlement.Ack);
        Assert.Equal(0, bench.Core.UnackedCount);
    }

    [Fact]
    public void One_message_that_stays_unsettled_is_found_after_many_that_were_not()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: long.MaxValue);
        bench.Publish(Message("first"), Message("second"));
        for (var i = 0; i < 500; i++)
        {
            bench.Publish(Message("x"));
            bench.Settle(1, 3 + i, 3 + i, Settlement.Ack);
        }

        Assert.Equal(2, bench.Core.UnackedCount);
        bench.Settle(1, 1, 1, Settlement.Ack);
        bench.Deliveries.Clear();
        bench.Settle(1, 1, 400, Settlement.Return);
        bench.Run();
        Assert.Equal(["second"], bench.Taken(1));
    }

    [Fact]
    public void Settlements_of_another_epoch_have_no_effect()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Publish(Message("a"));
        Assert.False(bench.Core.Settle(
            new SettleBatch { Host = Guid.Empty, Epoch = bench.Core.Epoch - 1, Ranges = [new SettleRange(1, 1, 1, Settlement.Ack)] }, bench.Now));
        Assert.Equal(1, bench.Core.UnackedCount);
    }

    [Fact]
    public void A_delivery_without_acknowledgement_is_settled_by_being_sent()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true), Message("b"));
        bench.Attach(1, noAck: true);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(1));
        Assert.Equal(0, bench.Core.UnackedCount);
        Assert.Empty(bench.Store.Messages);
    }

    [Fact]
    public void Higher_priorities_come_first_and_keep_their_order()
    {
        var bench = new QueueWorkbench(Table(("x-max-priority", 5)));
        bench.Publish(Message("none"), Message("two", priority: 2), Message("nine", priority: 9), Message("five", priority: 5), Message("two too", priority: 2));
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["nine", "five", "two", "two too", "none"], bench.Taken(1));
    }

    [Fact]
    public void Without_x_max_priority_a_messages_priority_changes_nothing()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", priority: 1), Message("b", priority: 9));
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(1));
    }
}
