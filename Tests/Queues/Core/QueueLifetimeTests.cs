using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class QueueLifetimeTests
{
    [Fact]
    public void An_unused_queue_expires()
    {
        var bench = new QueueWorkbench(Table(("x-expires", 1_000)));
        Assert.Equal(bench.Now + 1_000, bench.Core.NextDeadline());
        bench.Pass(999);
        Assert.Null(bench.Delete);
        bench.Pass(1);
        Assert.Equal(DeleteReason.Expired, bench.Delete);
    }

    [Fact]
    public void A_get_a_declaration_and_consumers_are_use_publishing_is_not()
    {
        var bench = new QueueWorkbench(Table(("x-expires", 1_000)));
        bench.Pass(900);
        bench.Get();
        bench.Pass(900);
        bench.Core.Touch(bench.Now);
        bench.Pass(900);
        bench.Attach(1);
        bench.Pass(5_000);
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: true, bench.Now);
        bench.Pass(900);
        Assert.Null(bench.Delete);
        bench.Publish(Message("a"));
        bench.Pass(100);
        Assert.Equal(DeleteReason.Expired, bench.Delete);
    }

    [Fact]
    public void An_auto_delete_queue_goes_with_its_last_consumer_and_never_without_one()
    {
        var bench = new QueueWorkbench(autoDelete: true);
        bench.Publish(Message("a"));
        bench.Get();
        bench.Pass(100_000);
        Assert.Null(bench.Delete);
        bench.Attach(1);
        bench.Attach(2);
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: true, bench.Now);
        bench.Run();
        Assert.Null(bench.Delete);
        bench.Core.Detach(QueueWorkbench.Consumer(2), requeue: false, bench.Now);
        bench.Run();
        Assert.Equal(DeleteReason.AutoDelete, bench.Delete);
    }

    [Fact]
    public void A_consumer_that_is_lost_is_one_that_left()
    {
        var bench = new QueueWorkbench(autoDelete: true);
        bench.Attach(1);
        bench.Pass(QueueWorkbench.Lease);
        Assert.Equal(DeleteReason.AutoDelete, bench.Delete);
    }

    [Fact]
    public void Conditions_of_a_deletion_are_checked()
    {
        var bench = new QueueWorkbench();
        bench.Core.CheckDelete(new DeleteQueueOptions { IfEmpty = true, IfUnused = true });
        bench.Publish(Message("a"));
        AssertRefused("queue 'q' in vhost '/' not empty", () => bench.Core.CheckDelete(new DeleteQueueOptions { IfEmpty = true }));
        bench.Attach(1);
        bench.Run();
        AssertRefused("queue 'q' in vhost '/' in use", () => bench.Core.CheckDelete(new DeleteQueueOptions { IfUnused = true }));
        bench.Core.CheckDelete(new DeleteQueueOptions { IfEmpty = true });
    }

    [Fact]
    public void A_queue_is_idle_when_nothing_goes_on()
    {
        var bench = new QueueWorkbench();
        Assert.True(bench.Core.IsIdle);
        bench.Enqueue(Message("a", persistent: true));
        Assert.False(bench.Core.IsIdle);
        bench.Collect();
        Assert.False(bench.Core.IsIdle);
        bench.Run();
        Assert.True(bench.Core.IsIdle);
        bench.Attach(1);
        bench.Run();
        Assert.False(bench.Core.IsIdle);
        bench.Core.Detach(QueueWorkbench.Consumer(1), requeue: false, bench.Now);
        bench.Run();
        Assert.False(bench.Core.IsIdle);
        bench.Settle(1, 1, 1, Settlement.Ack);
        Assert.False(bench.Core.IsIdle);
        bench.Run();
        Assert.True(bench.Core.IsIdle);
        Assert.Null(bench.Core.NextDeadline() is { } next && next < bench.Now ? next : null);
    }

    private static void AssertRefused(string text, Action delete)
    {
        var refusal = Assert.Throws<BrokerException>(delete);
        Assert.Equal(ReplyCode.PreconditionFailed, refusal.Code);
        Assert.Equal($"PRECONDITION_FAILED - {text}", refusal.Message);
    }
}
