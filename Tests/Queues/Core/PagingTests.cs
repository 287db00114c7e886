using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class PagingTests
{
    private static readonly QueueLimits Small = new() { HeadMessages = 4, PageMessages = 3 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_exceeds_memory_goes_to_the_store_and_comes_back_in_order(bool persistent)
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish([.. Enumerable.Range(0, 50).Select(i => Message($"{i}", persistent))]);
        Assert.Equal(50, bench.Core.ReadyCount);
        Assert.True(bench.Core.Census().Ready.Count <= 4);
        Assert.All(bench.Store.Messages, m => Assert.Equal(!persistent, m.Transient));
        bench.Attach(1, credit: 1_000);
        bench.Run();
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), bench.Taken(1));
        bench.Settle(1, 1, 50, Settlement.Ack);
        bench.Run();
        Assert.Empty(bench.Store.Messages);
        Assert.Empty(bench.Store.State.Bands);
    }

    [Fact]
    public void A_transient_message_that_spills_is_answered_when_it_is_written_and_waits_for_no_disk()
    {
        var bench = new QueueWorkbench(limits: Small);
        Assert.Equal(0, bench.Enqueue([.. Enumerable.Range(0, 4).Select(i => Message($"{i}"))]).Write);
        Assert.Equal(1, bench.Enqueue(Message("spills")).Write);
        bench.Collect();
        Assert.False(bench.Commit!.Value.Write.Sync);
    }

    [Fact]
    public void Nothing_is_read_while_nobody_wants_messages()
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish([.. Enumerable.Range(0, 9).Select(i => Message($"{i}", persistent: true))]);
        bench.Release();
        bench.Collect();
        Assert.Null(bench.Page);
        Assert.Equal(9, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_get_says_that_the_head_is_not_there_yet_and_gets_it_when_it_is()
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish(Message("a", persistent: true));
        bench.Release();
        Assert.Null(bench.Get());
        Assert.True(bench.Core.HeadMissing);
        bench.Run();
        // It is in memory now; that it may be delivered is on record after one write more.
        Assert.Null(bench.Get());
        Assert.True(bench.Core.HeadMissing);
        bench.Run();
        Assert.Equal("a", bench.Get()!.Value.Batch.Messages.Messages.Span[0].Text());
    }

    [Fact]
    public void A_get_of_a_message_whose_delivery_is_not_on_record_waits_for_a_write()
    {
        var bench = new QueueWorkbench();
        bench.Publish(Message("a", persistent: true));
        Assert.Null(bench.Get());
        Assert.True(bench.Core.HeadMissing);
        bench.Run();
        Assert.NotNull(bench.Get());
    }

    [Fact]
    public void A_higher_priority_in_the_store_is_not_overtaken_by_a_lower_one_in_memory()
    {
        var bench = new QueueWorkbench(Table(("x-max-priority", 1)), limits: Small);
        bench.Publish([.. Enumerable.Range(0, 4).Select(i => Message($"low {i}"))]);
        bench.Publish([.. Enumerable.Range(0, 4).Select(i => Message($"high {i}", priority: 1))]);
        bench.Attach(1);
        bench.Run();
        Assert.Equal(
            Enumerable.Range(0, 4).Select(i => $"high {i}").Concat(Enumerable.Range(0, 4).Select(i => $"low {i}")), bench.Taken(1));
    }

    [Fact]
    public void A_purge_takes_what_is_ready_wherever_it_is_and_leaves_the_rest()
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Attach(1, credit: 1);
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Message($"{i}", persistent: true))]);
        bench.Enqueue(Message("being committed", persistent: true));
        bench.Collect();
        Assert.Equal(19, bench.Core.Purge(bench.Now));
        bench.Run();
        Assert.Equal(1, bench.Core.UnackedCount);
        Assert.Equal(1, bench.Core.ReadyCount);
        Assert.Equal(2, bench.Store.Messages.Count);
        Assert.Contains(new MessageDrop(DropReason.Purged, false, 19), bench.Drops);
    }

    [Fact]
    public void A_page_that_was_being_read_during_a_purge_brings_nothing_back()
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Message($"{i}", persistent: true))]);
        bench.Attach(1, credit: 4);
        while (bench.Page is null)
        {
            Assert.True(bench.CompleteCommit() || bench.CompleteDelivery() || Collected(bench));
        }

        var read = bench.Store.Read(bench.Page.Value.Range, bench.Page.Value.Limit);
        var unacked = bench.Core.UnackedCount;
        bench.Core.Purge(bench.Now);
        bench.CompletePage(read);
        bench.Run();
        Assert.Equal(0, bench.Core.ReadyCount);
        Assert.Equal(unacked, bench.Store.Messages.Count);
    }

    [Fact]
    public void What_the_store_counts_and_does_not_have_is_reported()
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish([.. Enumerable.Range(0, 9).Select(i => Message($"{i}", persistent: true))]);
        bench.Release();
        bench.Attach(1);
        bench.Collect();
        bench.CompletePage([]);
        Assert.Contains(new MessageDrop(DropReason.Missing, false, 9), bench.Drops);
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_message_that_stays_keeps_no_slab_alive()
    {
        var bench = new QueueWorkbench();
        var slab = new byte[10_000];
        bench.Publish(new BrokerMessage("", "q", default, slab.AsMemory(100, 10)), new BrokerMessage("", "q", default, slab.AsMemory(200, 10)));
        bench.Attach(1, credit: 1);
        bench.Run();
        bench.Pass(10_000);
        bench.Attach(1, credit: 1);
        bench.Pass(10_000);
        bench.Deliveries.Clear();
        bench.Settle(1, 1, 1, Settlement.Ack);
        bench.Grant(1, 2);
        bench.Run();
        var body = bench.Deliveries.Single().Batch.Messages.Messages.Span[0].Body;
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body, out var array));
        Assert.Equal(10, array.Array!.Length);
    }

    private static bool Collected(QueueWorkbench bench)
    {
        bench.Collect();
        return true;
    }
}
