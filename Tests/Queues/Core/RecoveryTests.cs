using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class RecoveryTests
{
    [Fact]
    public void After_a_crash_what_was_confirmed_and_not_settled_is_there()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true), Message("transient"), Message("b", persistent: true));
        bench.Crash();
        Assert.Equal(2, bench.Core.ReadyCount);
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(1));
    }

    [Fact]
    public void After_a_crash_what_may_have_been_delivered_is_marked()
    {
        var bench = new QueueWorkbench(limits: new QueueLimits { DeliveryMarkStride = 0 });
        bench.Publish(Message("a", persistent: true), Message("b", persistent: true));
        bench.Attach(1, credit: 1);
        bench.Run();
        Assert.Equal(["a"], bench.Taken(1));
        bench.Crash();
        bench.Attach(2);
        bench.Run();
        Assert.Equal(["a", "b"], bench.Taken(2).Order());
        bench.Settle(2, 1, 2, Settlement.Return);
        bench.Crash();
        bench.Attach(3);
        bench.Run();
        Assert.Equal([0, 1], bench.Deliveries.Single().Batch.Redelivered!);
    }

    [Fact]
    public void A_mark_that_a_crash_left_outlives_a_clean_end_before_the_message_was_read()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true));
        bench.Attach(1);
        bench.Run();
        bench.Crash();
        bench.Release();
        bench.Deliveries.Clear();
        bench.Attach(2);
        bench.Run();
        Assert.Equal([0], bench.Deliveries.Single().Batch.Redelivered!);
    }

    [Fact]
    public void A_clean_end_keeps_everything_and_marks_only_what_was_delivered()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true), Message("b"), Message("c"), Message("d", persistent: true));
        bench.Attach(1, credit: 2);
        bench.Run();
        bench.Enqueue(Message("e", persistent: true), Message("f"));
        bench.Collect();
        bench.Release();
        Assert.True(bench.Store.Messages.Count == 6);
        Assert.Equal(6, bench.Core.ReadyCount);
        bench.Deliveries.Clear();
        bench.Attach(2);
        bench.Run();
        Assert.Equal([0, 1], bench.Deliveries.First().Batch.Redelivered!);
        Assert.Equal(["a", "b", "c", "d", "e", "f"], bench.Taken(2));
    }

    [Fact]
    public void What_came_back_unseen_behind_later_messages_is_marked_by_the_next_owner_too()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1, credit: 1);
        bench.Attach(2, credit: 1);
        bench.Publish(Message("a", persistent: true), Message("b", persistent: true));
        bench.Run();
        Assert.Equal(["b"], bench.Taken(2));
        bench.Grant(1, 0);
        bench.Settle(1, 1, 1, Settlement.Release);
        bench.Settle(2, 1, 1, Settlement.Ack);
        bench.Run();
        bench.Release();
        bench.Deliveries.Clear();
        bench.Attach(3);
        bench.Run();
        Assert.Equal([0], bench.Deliveries.Single().Batch.Redelivered!);
        Assert.Equal(["a"], bench.Taken(3));
    }

    [Fact]
    public void Numbers_go_on_across_owners()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true), Message("b", persistent: true));
        bench.Attach(1, noAck: true);
        bench.Run();
        bench.Crash();
        bench.Publish(Message("c", persistent: true));
        Assert.Equal(3, bench.Store.Messages.Single().Position.Sequence);
    }

    [Fact]
    public void A_message_that_left_again_after_its_return_is_only_removed()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true));
        bench.Attach(1);
        bench.Run();
        bench.Enqueue(Message("keeps the store busy", persistent: true));
        bench.Collect();
        bench.Settle(1, 1, 1, Settlement.Reject);
        bench.Core.Purge(bench.Now);
        bench.CompleteCommit();
        Assert.Empty(bench.Commit!.Value.Write.Requeued);
        Assert.Single(bench.Commit!.Value.Write.Removed);
        bench.Run();
    }

    [Fact]
    public void Removals_that_touch_go_as_one_range()
    {
        var bench = new QueueWorkbench();
        bench.Publish([.. Enumerable.Range(0, 10).Select(i => Message($"{i}", persistent: true))]);
        bench.Attach(1, credit: 5);
        bench.Attach(2, credit: 5);
        bench.Run();
        bench.Settle(1, 1, 5, Settlement.Ack);
        bench.Settle(2, 1, 5, Settlement.Ack);
        bench.Collect();
        Assert.Equal((1, 10), (bench.Commit!.Value.Write.Removed.Single().First, bench.Commit!.Value.Write.Removed.Single().Last));
    }
}
