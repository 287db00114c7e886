using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Browsing;

/// <summary>Looking at messages of which the store alone has most.</summary>
public sealed class PeekTests
{
    private static readonly QueueLimits Small = new() { HeadMessages = 4, PageMessages = 3 };

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(100)]
    public void What_the_store_alone_has_is_shown_behind_what_is_in_memory_and_stays_there(int most)
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Message($"{i}", persistent: true))]);
        var inMemory = bench.Core.Head;
        Assert.Equal(Enumerable.Range(0, Math.Min(most, 20)).Select(i => $"{i} False"), Shown(bench, most));
        Assert.Equal((inMemory, 20), (bench.Core.Head, bench.Core.ReadyCount));
        Assert.Null(bench.Page);
        bench.Attach(1);
        bench.Run();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), bench.Taken(1));
        Assert.All(bench.Deliveries, delivery => Assert.Null(delivery.Batch.Redelivered));
    }

    [Fact]
    public void Each_priority_is_shown_to_its_end_before_the_next()
    {
        var bench = new QueueWorkbench(Table(("x-max-priority", 1)), limits: Small);
        foreach (var (name, priority) in ((string, byte)[])[("low", 0), ("high", 1)])
        {
            bench.Publish([.. Enumerable.Range(0, 8).Select(i => Message($"{name} {i}", persistent: true, priority: priority))]);
        }

        string[] all = [.. ((string[])["high", "low"]).SelectMany(name => Enumerable.Range(0, 8).Select(i => $"{name} {i} False"))];
        Assert.Equal(all, Shown(bench, 100));
        Assert.Equal(all[..11], Shown(bench, 11));
        Assert.Equal(all[..8], Shown(bench, 8));
    }

    [Fact]
    public void What_returned_comes_first_and_what_has_expired_in_the_store_is_not_shown()
    {
        var bench = new QueueWorkbench(limits: Small);
        bench.Publish([.. Enumerable.Range(0, 10).Select(i => Message($"{i}", persistent: true, expiration: i % 2 == 1 ? "100" : null))]);
        bench.Attach(1, credit: 1);
        bench.Run();
        bench.Settle(1, 1, 1, Settlement.Return);
        bench.Core.Detach(QueueWorkbench.Consumer(1), true, bench.Now);
        bench.Run();
        Assert.Equal(["0 True", .. Enumerable.Range(1, 9).Select(i => $"{i} False")], Shown(bench, 100));
        bench.Now += 100;
        Assert.Equal(["0 True", "2 False", "4 False", "6 False", "8 False"], Shown(bench, 100));
    }

    [Fact]
    public void What_an_owner_before_may_have_delivered_is_shown_as_it_would_be_delivered()
    {
        var bench = new QueueWorkbench(limits: new() { HeadMessages = 4, PageMessages = 3, DeliveryMarkStride = 1 });
        bench.Publish([.. Enumerable.Range(0, 10).Select(i => Message($"{i}", persistent: true))]);
        bench.Attach(1, credit: 2);
        bench.Run();
        bench.Crash();
        var shown = Shown(bench, 100);
        bench.Attach(2);
        bench.Run();
        var delivered = bench.Deliveries.SelectMany(delivery => delivery.Batch.Messages.Messages.ToArray()
            .Select((message, at) => $"{message.Text()} {delivery.Batch.Redelivered?.Contains(at) == true}"));
        Assert.Equal(delivered.TakeLast(10), shown);
        Assert.Equal("0 True", shown.First());
        Assert.Equal("9 False", shown.Last());
    }

    private static IEnumerable<string> Shown(QueueWorkbench bench, int most) =>
        [.. bench.Peek(most).Select(message => $"{message.Message.Text()} {message.Redelivered}")];
}
