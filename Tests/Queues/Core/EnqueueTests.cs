using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class EnqueueTests
{
    [Fact]
    public void A_transient_message_is_ready_at_once_and_writes_nothing()
    {
        var bench = new QueueWorkbench();
        Assert.Equal(0, bench.Enqueue(Message("a")).Write);
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.False(bench.Core.HasWrite);
    }

    [Fact]
    public void A_persistent_message_is_ready_when_its_write_is_committed_and_not_before()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        var outcome = bench.Enqueue(Message("a", persistent: true));
        bench.Collect();
        Assert.Equal(1, outcome.Write);
        Assert.True(bench.Commit!.Value.Write.Sync);
        Assert.Equal(0, bench.Core.ReadyCount);
        Assert.Empty(bench.Deliveries);
        bench.CompleteCommit();
        Assert.Equal(["a"], bench.Taken(1));
    }

    [Fact]
    public void A_persistent_message_in_a_queue_that_is_not_durable_is_transient()
    {
        var bench = new QueueWorkbench(durable: false);
        Assert.Equal(0, bench.Enqueue(Message("a", persistent: true)).Write);
        Assert.False(bench.Core.HasWrite);
    }

    [Fact]
    public void A_transient_message_does_not_overtake_a_persistent_one_that_is_being_committed()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Enqueue(Message("a", persistent: true));
        bench.Collect();
        Assert.Equal(1, bench.Enqueue(Message("b")).Write);
        bench.Collect();
        Assert.Empty(bench.Deliveries);
        bench.CompleteCommit();
        Assert.Equal(["a", "b"], bench.Taken(1));
    }

    [Fact]
    public void What_comes_during_a_commit_goes_with_the_next()
    {
        var bench = new QueueWorkbench();
        Assert.Equal(1, bench.Enqueue(Message("a", persistent: true)).Write);
        bench.Collect();
        Assert.Equal(2, bench.Enqueue(Message("b", persistent: true)).Write);
        Assert.Equal(2, bench.Enqueue(Message("c", persistent: true)).Write);
        bench.CompleteCommit();
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.Equal(2, bench.Commit!.Value.Write.Appended.Count);
        bench.CompleteCommit();
        Assert.Equal(3, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_repeated_batch_is_answered_and_not_enqueued()
    {
        var bench = new QueueWorkbench();
        bench.EnqueueAs(5, 1, Message("a", persistent: true));
        bench.Collect();
        Assert.Equal(1, bench.EnqueueAs(5, 1, Message("a", persistent: true)).Write);
        bench.Run();
        Assert.Equal(0, bench.EnqueueAs(5, 1, Message("a", persistent: true)).Write);
        bench.Run();
        Assert.Equal(1, bench.Core.ReadyCount);
        bench.EnqueueAs(5, 2, Message("b", persistent: true));
        bench.EnqueueAs(6, 1, Message("c", persistent: true));
        bench.Run();
        Assert.Equal(3, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_repeated_batch_waits_for_the_write_it_is_in()
    {
        var bench = new QueueWorkbench();
        bench.EnqueueAs(4, 1, Message("a", persistent: true));
        bench.Collect();
        Assert.Equal(2, bench.EnqueueAs(5, 1, Message("b", persistent: true)).Write);
        bench.CompleteCommit();
        Assert.Equal(2, bench.EnqueueAs(5, 1, Message("b", persistent: true)).Write);
    }

    [Fact]
    public void A_repeated_batch_is_refused_by_the_next_owner_too()
    {
        var bench = new QueueWorkbench();
        bench.EnqueueAs(5, 3, Message("a", persistent: true));
        bench.Collect();
        bench.Crash(commitDone: true);
        bench.EnqueueAs(5, 3, Message("a", persistent: true));
        bench.Run();
        Assert.Equal(1, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_batch_whose_write_was_lost_is_enqueued_when_it_comes_again()
    {
        var bench = new QueueWorkbench();
        bench.EnqueueAs(5, 3, Message("a", persistent: true));
        bench.Collect();
        bench.Crash(commitDone: false);
        Assert.Equal(1, bench.EnqueueAs(5, 3, Message("a", persistent: true)).Write);
        bench.Run();
        Assert.Equal(1, bench.Core.ReadyCount);
    }

    [Fact]
    public void The_link_that_is_silent_for_longest_is_forgotten_first()
    {
        var bench = new QueueWorkbench(limits: new QueueLimits { MaxLinks = 2 });
        bench.EnqueueAs(1, 1, Message("a"));
        bench.EnqueueAs(2, 1, Message("b"));
        bench.EnqueueAs(1, 2, Message("c"));
        bench.EnqueueAs(3, 1, Message("d"));
        bench.EnqueueAs(1, 2, Message("c"));
        Assert.Equal(4, bench.Core.ReadyCount);
        bench.EnqueueAs(2, 1, Message("b"));
        Assert.Equal(5, bench.Core.ReadyCount);
    }

    [Fact]
    public void What_no_store_keeps_is_marked_in_a_batch_that_was_sent_before()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Core.Enqueue(
            new EnqueueBatch { Link = 7, Number = 1, Messages = new MessageBatch(new[] { Message("a"), Message("b", persistent: true) }) }.Again(), bench.Now);
        bench.Run();
        Assert.Equal([0], Assert.Single(bench.Deliveries, d => d.Batch.Redelivered is not null).Batch.Redelivered!);
        Assert.Equal(["a", "b"], bench.Taken(1));
    }
}
