using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class LengthLimitTests
{
    [Fact]
    public void A_full_queue_drops_its_oldest()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 2)));
        bench.Publish(Message("a", persistent: true), Message("b"), Message("c"));
        Assert.Equal(2, bench.Core.ReadyCount);
        Assert.Empty(bench.Store.Messages);
        Assert.Contains(new MessageDrop(DropReason.MaxLength, false, 1), bench.Drops);
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["b", "c"], bench.Taken(1));
    }

    [Fact]
    public void Octets_of_bodies_are_limited_as_well()
    {
        var bench = new QueueWorkbench(Table(("x-max-length-bytes", 10)));
        bench.Publish(Message("four"), Message("five5"), Message("six"));
        Assert.Equal(8, bench.Core.ReadyBytes);
        Assert.Equal(2, bench.Core.ReadyCount);
    }

    [Fact]
    public void What_is_with_consumers_does_not_count()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 1)));
        bench.Attach(1, credit: 2);
        bench.Publish(Message("a"), Message("b"), Message("c"));
        Assert.Equal(2, bench.Core.UnackedCount);
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.Empty(bench.Drops);
    }

    [Fact]
    public void As_many_as_a_consumer_has_asked_for_do_not_count_while_its_last_delivery_is_under_way()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 1)));
        bench.Attach(1, credit: 3);
        bench.Enqueue(Message("a"));
        bench.Collect();
        bench.Enqueue(Message("b"), Message("c"), Message("d"), Message("e"));
        bench.Run();
        Assert.Equal(["a", "c", "d"], bench.Taken(1));
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.Contains(new MessageDrop(DropReason.MaxLength, false, 1), bench.Drops);
    }

    [Fact]
    public void A_queue_may_refuse_instead()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 2), ("x-overflow", "reject-publish"), ("x-dead-letter-exchange", "dlx")));
        var outcome = bench.Enqueue(Message("a", persistent: true), Message("b"), Message("c", persistent: true), Message("d"));
        Assert.Equal([2, 3], outcome.Reply.Refused!);
        bench.Run();
        Assert.Equal(2, bench.Core.ReadyCount);
        Assert.Empty(bench.DeadLetters);
        Assert.Contains(new MessageDrop(DropReason.MaxLength, false, 2), bench.Drops);
        Assert.Equal([0], bench.Enqueue(Message("e")).Reply.Refused!);
    }

    [Fact]
    public void A_repeated_batch_is_refused_as_it_was_the_first_time_even_when_there_is_room_now()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 1), ("x-overflow", "reject-publish")));
        bench.EnqueueAs(1, 1, Message("a"), Message("b"));
        bench.Core.Purge(bench.Now);
        Assert.Equal([1], bench.EnqueueAs(1, 1, Message("a"), Message("b")).Reply.Refused!);
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_queue_may_dead_letter_what_it_refuses()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 1), ("x-overflow", "reject-publish-dlx"), ("x-dead-letter-exchange", "dlx")));
        Assert.Equal([1], bench.Enqueue(Message("a"), Message("b")).Reply.Refused!);
        bench.Run();
        Assert.Equal("b", bench.DeadLetters.Single().Message.Text());
        Assert.Equal("maxlen", bench.DeadLetters.Single().Message.Headers()["x-first-death-reason"]);
        bench.CompleteDeadLetter();
        Assert.Equal(1, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_queue_that_takes_nothing_passes_on_what_a_consumer_waits_for()
    {
        var bench = new QueueWorkbench(Table(("x-max-length", 0), ("x-overflow", "reject-publish")));
        Assert.Equal([0], bench.Enqueue(Message("a")).Reply.Refused!);
        bench.Attach(1, credit: 1);
        Assert.Equal([1], bench.Enqueue(Message("b"), Message("c")).Reply.Refused!);
        bench.Run();
        Assert.Equal(["b"], bench.Taken(1));
    }

    [Fact]
    public void Messages_that_only_the_store_holds_are_dropped_when_they_are_the_oldest()
    {
        var bench = new QueueWorkbench(limits: new QueueLimits { HeadMessages = 2, PageMessages = 3 });
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Message($"{i}", persistent: true))]);
        bench.Core.Reconfigure(bench.Settings with { MaxLength = 4 }, bench.Now);
        bench.Run();
        Assert.Equal(4, bench.Core.ReadyCount);
        Assert.Equal(4, bench.Store.Messages.Count);
        bench.Attach(1);
        bench.Run();
        Assert.Equal(["16", "17", "18", "19"], bench.Taken(1));
    }
}
