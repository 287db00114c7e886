using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Retries;

public sealed class ConsumerTimeoutTests
{
    [Fact]
    public void A_message_that_is_kept_too_long_returns_alone_and_goes_to_another()
    {
        var bench = Bench(Table(("x-consumer-timeout", 100)));
        bench.Attach(1, credit: 1);
        bench.Publish(Message("old"));
        bench.Now += 60;
        bench.Grant(1, 2);
        bench.Publish(Message("young"));
        Assert.Equal(["old", "young"], bench.Taken(1));
        bench.Attach(2);
        bench.Pass(39);
        Assert.Empty(bench.Taken(2));
        bench.Pass(1);
        var batch = Assert.Single(bench.Deliveries).Batch;
        Assert.Equal([0], batch.Redelivered!);
        Assert.Equal(1L, batch.Messages.Messages.Span[0].Headers()["x-delivery-count"]);
        Assert.Equal(["old"], bench.Taken(2));
        Assert.Equal(2, bench.Core.ConsumerCount);
        Assert.Empty(bench.Cancellations);
    }

    [Fact]
    public void A_late_acknowledgement_has_no_effect_and_the_others_of_its_range_are_settled()
    {
        var bench = Bench(Table(("x-consumer-timeout", 100)));
        bench.Attach(1, credit: 1);
        bench.Publish(Message("old", persistent: true));
        bench.Now += 60;
        bench.Grant(1, 2);
        bench.Publish(Message("young", persistent: true));
        bench.Pass(40);
        bench.Settle(1, 1, 2, Settlement.Ack);
        bench.Run();
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.Equal(0, bench.Core.UnackedCount);
        Assert.Single(bench.Store.Messages);
    }

    [Fact]
    public void Settled_in_time_nothing_happens()
    {
        var bench = Bench(Table(("x-consumer-timeout", 100)));
        bench.Attach(1);
        bench.Publish(Message("a"));
        bench.Pass(99);
        bench.Settle(1, 1, 1, Settlement.Ack);
        bench.Pass(500);
        Assert.Equal(["a"], bench.Taken(1));
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void The_consumers_own_argument_counts_before_the_queues_and_that_before_the_brokers()
    {
        Assert.Equal([50L], Timeouts(Table(("x-consumer-timeout", 100)), own: 50, broker: 200));
        Assert.Equal([100L], Timeouts(Table(("x-consumer-timeout", 100)), own: null, broker: 200));
        Assert.Equal([200L], Timeouts(null, own: null, broker: 200));
        Assert.Empty(Timeouts(Table(("x-consumer-timeout", 100)), own: 0, broker: 200));
        Assert.Empty(Timeouts(Table(("x-consumer-timeout", 0)), own: null, broker: 200));
        Assert.Empty(Timeouts(null, own: null, broker: 0));
    }

    [Fact]
    public void It_counts_towards_the_delivery_limit_and_for_messages_that_were_got()
    {
        var bench = Bench(Table(("x-consumer-timeout", 100), ("x-delivery-limit", 0)));
        bench.Publish(Message("a"));
        Assert.NotNull(bench.Get());
        bench.Pass(100);
        Assert.Equal(DropReason.DeliveryLimit, Assert.Single(bench.Drops).Reason);
    }

    [Fact]
    public void A_timeout_that_cannot_be_is_refused()
    {
        Assert.Throws<BrokerException>(() => Bench(Table(("x-consumer-timeout", -1))));
        var bench = Bench(null);
        foreach (var value in new object?[] { -1, "100", null, 1L << 40 })
        {
            var refusal = Assert.Throws<BrokerException>(() => Attach(bench, Table(("x-consumer-timeout", value))));
            Assert.Equal(ReplyCode.PreconditionFailed, refusal.Code);
        }
    }

    private static QueueWorkbench Bench(FieldTable? arguments, long broker = 0) =>
        new(arguments, limits: new QueueLimits { ConsumerTimeout = broker });

    private static void Attach(QueueWorkbench bench, FieldTable arguments) => bench.Core.Attach(
        new ConsumerAttachment { Id = QueueWorkbench.Consumer(1), Target = null!, Tag = "c", Credit = 1, Arguments = arguments },
        lasting: true,
        long.MaxValue,
        bench.Now);

    /// <summary>After how many milliseconds the message returns, if at all.</summary>
    private static long[] Timeouts(FieldTable? queue, int? own, long broker)
    {
        var bench = Bench(queue, broker);
        Attach(bench, own is { } timeout ? Table(("x-consumer-timeout", timeout)) : FieldTable.Empty);
        bench.Publish(Message("a"));
        foreach (var at in new[] { 50L, 100L, 200L })
        {
            bench.Pass(at - (bench.Now - 1_000_000));
            if (bench.Core.UnackedCount == 0)
            {
                return [at];
            }
        }

        return [];
    }
}
