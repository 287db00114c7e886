using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class ConsumerTests
{
    [Fact]
    public void A_lower_priority_is_served_while_all_higher_ones_are_out_of_credit()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, priority: -1);
        bench.Attach(2, credit: 2, priority: 7);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        Assert.Equal(["a", "b"], bench.Taken(2));
        Assert.Equal(["c"], bench.Taken(1));
    }

    [Fact]
    public void A_delivery_names_the_last_sign_of_life_of_its_consumers_host()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, sign: 3);
        bench.Publish(Message("a"));
        bench.Core.Renew(new RenewRequest { Host = Guid.Empty, Epoch = bench.Core.Epoch, Consumers = [1], Sign = 5 }, bench.Now + 1_000);
        bench.Publish(Message("b"));
        bench.Core.Renew(new RenewRequest { Host = Guid.Empty, Epoch = bench.Core.Epoch, Consumers = [1], Sign = 4 }, bench.Now + 1_000);
        bench.Publish(Message("c"));
        bench.Attach(1, sign: 6);
        bench.Publish(Message("d"));

        Assert.Equal([3L, 5, 5, 6], bench.Deliveries.Select(delivery => delivery.Batch.Sign));
    }

    [Fact]
    public void A_lower_priority_waits_while_a_higher_one_is_just_being_delivered_to()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Attach(2, priority: 1);
        bench.Enqueue(Message("a"));
        bench.Collect();
        bench.Enqueue(Message("b"));
        bench.Collect();
        Assert.Empty(bench.Taken(1));
        bench.CompleteDelivery();
        Assert.Equal(["a", "b"], bench.Taken(2));
    }

    [Fact]
    public void One_single_active_consumer_is_served_and_the_next_in_line_follows_it()
    {
        var bench = new QueueWorkbench(Table(("x-single-active-consumer", true)));
        bench.Attach(1);
        bench.Attach(2);
        bench.Attach(3, priority: 5);
        bench.Attach(4);
        bench.Publish(Message("a"), Message("b"));
        Assert.Equal(["a", "b"], bench.Taken(1));
        Assert.Equal([true, false, false, false], bench.Core.Consumers.Select(c => c.Active));
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: true, bench.Now);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(3));
        bench.Core.Detach(QueueWorkbench.Consumer(3), requeue: true, bench.Now);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(2));
    }

    [Fact]
    public void A_single_active_consumer_without_credit_keeps_its_place()
    {
        var bench = new QueueWorkbench(Table(("x-single-active-consumer", true)));
        bench.Attach(1, credit: 0);
        bench.Attach(2);
        bench.Publish(Message("a"));
        Assert.Empty(bench.Deliveries);
    }

    [Fact]
    public void An_exclusive_consumer_is_alone()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, exclusive: true);
        AssertInUse(() => bench.Attach(2));
        AssertInUse(() => bench.Attach(3, exclusive: true));
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: false, bench.Now);
        bench.Attach(4);
        AssertInUse(() => bench.Attach(5, exclusive: true));
    }

    [Fact]
    public void A_single_active_consumer_cannot_be_exclusive() =>
        AssertInUse(() => new QueueWorkbench(Table(("x-single-active-consumer", true))).Attach(1, exclusive: true));

    [Fact]
    public void An_exclusive_queue_is_consumed_read_and_deleted_by_its_owner_alone()
    {
        var owner = Guid.NewGuid();
        var bench = new QueueWorkbench(owner: new ConnectionOwner(owner, "silo"));
        bench.Attach(1, connection: owner);
        foreach (var refused in new Action[]
        {
            () => bench.Attach(2, connection: Guid.NewGuid()),
            () => bench.Get(),
            () => bench.Core.CheckDelete(new DeleteQueueOptions { Connection = Guid.NewGuid() }),
        })
        {
            Assert.Equal(ReplyCode.ResourceLocked, Assert.Throws<BrokerException>(refused).Code);
        }

        bench.Core.CheckDelete(new DeleteQueueOptions { Connection = owner });
        bench.Core.CheckDelete(new DeleteQueueOptions { Internal = true });
    }

    [Fact]
    public void Attaching_again_renews_and_delivers_nothing_twice()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        bench.Attach(1, credit: 2);
        bench.Run();
        Assert.Equal(1, bench.Core.ConsumerCount);
        Assert.Equal(["a", "b"], bench.Taken(1));
    }

    [Fact]
    public void A_cancelled_consumer_gets_no_more_and_may_still_settle()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 5);
        bench.Publish(Message("a"), Message("b"));
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: false, bench.Now);
        bench.Publish(Message("c"));
        Assert.Equal(["a", "b"], bench.Taken(1));
        Assert.Equal(0, bench.Core.ConsumerCount);
        Assert.Equal(2, bench.Core.UnackedCount);
        bench.Settle(1, 1, 1, Settlement.Ack);
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: true, bench.Now);
        Assert.Equal(0, bench.Core.UnackedCount);
        Assert.Equal(2, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_consumer_that_is_not_renewed_is_dropped_and_what_it_held_returns()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Attach(2, credit: 0);
        bench.Attach(3, credit: 0, lasting: true);
        bench.Publish(Message("a", persistent: true));
        bench.Now += 10_000;
        Assert.Equal(
            [9],
            bench.Core.Renew(
                new RenewRequest { Host = Guid.Empty, Epoch = bench.Core.Epoch, Consumers = [2, 9] }, bench.Now + QueueWorkbench.Lease));
        bench.Pass(5_000);
        Assert.Equal((QueueWorkbench.Consumer(1), CancelReason.LeaseLapsed), (bench.Cancellations.Single().Consumer, bench.Cancellations.Single().Reason));
        Assert.Equal(2, bench.Core.ConsumerCount);
        Assert.Equal(1, bench.Core.ReadyCount);
        bench.Pass(100_000);
        Assert.Equal(1, bench.Core.ConsumerCount);
    }

    [Fact]
    public void A_renewal_of_another_epoch_knows_nobody()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        Assert.Equal([1], bench.Core.Renew(new RenewRequest { Host = Guid.Empty, Epoch = 0, Consumers = [1] }, long.MaxValue));
    }

    [Fact]
    public void A_consumer_whose_delivery_fails_is_gone_and_what_it_held_goes_to_others()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 2);
        bench.Enqueue(Message("a"), Message("b"));
        bench.Collect();
        bench.Attach(2);
        bench.CompleteDelivery(failed: true);
        Assert.Equal(["a", "b"], bench.Taken(2));
        Assert.Equal(1, bench.Core.ConsumerCount);
        bench.Core.DeliveryDone(QueueWorkbench.Consumer(1), failed: true, bench.Now);
    }

    [Fact]
    public void What_was_sent_to_a_lost_consumer_without_acknowledgements_is_gone()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, noAck: true);
        bench.Enqueue(Message("a"));
        bench.Collect();
        bench.CompleteDelivery(failed: true);
        Assert.Equal(0, bench.Core.ReadyCount + bench.Core.UnackedCount);
    }

    [Fact]
    public void A_get_takes_one_message_that_is_settled_like_a_delivery()
    {
        var bench = new QueueWorkbench();
        Assert.Null(bench.Get());
        Assert.False(bench.Core.HeadMissing);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        Assert.Equal("a", bench.Get()!.Value.Batch.Messages.Messages.Span[0].Text());
        var second = bench.Get()!.Value.Batch;
        Assert.Equal(2, second.FirstDelivery);
        Assert.Equal("c", bench.Get(noAck: true)!.Value.Batch.Messages.Messages.Span[0].Text());
        bench.Settle(99, 2, 2, Settlement.Reject);
        Assert.Equal((1, 1), (bench.Core.ReadyCount, bench.Core.UnackedCount));
        bench.Pass(QueueWorkbench.Lease);
        Assert.Equal((2, 0), (bench.Core.ReadyCount, bench.Core.UnackedCount));
        Assert.Empty(bench.Cancellations);
    }

    [Fact]
    public void A_queue_with_a_single_active_consumer_refuses_a_get() =>
        Assert.Equal(
            ReplyCode.ResourceLocked,
            Assert.Throws<BrokerException>(() => new QueueWorkbench(Table(("x-single-active-consumer", true))).Get()).Code);

    private static void AssertInUse(Action attach)
    {
        var refusal = Assert.Throws<BrokerException>(attach);
        Assert.Equal(ReplyCode.AccessRefused, refusal.Code);
        Assert.Equal("ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use", refusal.Message);
    }
}
