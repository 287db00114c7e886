using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Tests.Queues.Workbench;

namespace OrleansBroker.Tests.Queues.Delays;

/// <summary>The core as the queue of an exchange's delayed messages.</summary>
public sealed class DelayQueueTests
{
    private static readonly string Name = DelayQueue.NameFor(
        new ExchangeDefinition { Id = new ExchangeId("/", "x"), Type = DelayQueue.ExchangeType, Incarnation = 7 });

    private static readonly QueueLimits Small = new() { HeadMessages = 4, PageMessages = 3, ExpiryPositions = 3, DeadLettersInFlight = 2 };

    [Fact]
    public void A_message_leaves_for_its_exchange_when_its_delay_is_over_and_not_before()
    {
        var bench = Bench();
        bench.Publish(Delayed("a", 100));
        Assert.Equal(bench.Now + 100, bench.Core.NextDeadline());
        bench.Pass(99);
        Assert.Empty(bench.DeadLetters);
        bench.Pass(1);
        var letter = Assert.Single(bench.DeadLetters);
        Assert.Equal(("published-to", "key"), (letter.Exchange, letter.RoutingKey));
        Assert.False(letter.Message.IsDeadLettered);
        var properties = BasicPropertiesReader.Read(letter.Message.Properties.Span);
        Assert.Equal(-100, properties.Headers!["x-delay"]);
        Assert.False(properties.Headers.ContainsKey("x-death"));
        Assert.Equal(("id", "60000"), (properties.MessageId, properties.Expiration));
    }

    [Fact]
    public void A_message_stays_stored_until_its_target_has_it()
    {
        var bench = Bench();
        bench.Publish(Delayed("a", 100));
        bench.Pass(100);
        Assert.Single(bench.Store.Messages);
        bench.CompleteDeadLetter(stored: false);
        bench.Run();
        Assert.Single(bench.Store.Messages);
        bench.Pass(1_000);
        bench.CompleteDeadLetter();
        bench.Run();
        Assert.Empty(bench.Store.Messages);
        Assert.Empty(bench.Drops);
    }

    [Fact]
    public void Messages_leave_in_the_order_they_are_due_and_those_due_together_in_the_order_they_came()
    {
        var bench = Bench();
        bench.Publish(Delayed("a30", 30), Delayed("b10", 10), Delayed("c20", 20), Delayed("d10", 10));
        bench.Now += 5;
        bench.Publish(Delayed("e5", 5), Delayed("f15", 15));
        bench.Pass(100);
        Assert.Equal(["b10", "d10", "e5", "c20", "f15", "a30"], Drain(bench));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Order_holds_where_only_the_store_has_most_of_them(int seed)
    {
        var bench = Bench(Small);
        var random = new Random(seed);
        var delays = Enumerable.Range(0, 300).Select(i => (Name: $"m{i}", Delay: random.Next(1, 60))).ToArray();
        foreach (var chunk in delays.Chunk(7))
        {
            bench.Publish([.. chunk.Select(d => Delayed(d.Name, d.Delay))]);
        }

        bench.Pass(100);
        Assert.Equal(delays.OrderBy(d => d.Delay).Select(d => d.Name), Drain(bench));
        Assert.Empty(bench.Store.Messages);
    }

    [Fact]
    public void What_is_pending_survives_a_crash_and_what_had_left_does_not_come_again()
    {
        var bench = Bench(Small);
        for (var i = 0; i < 40; i++)
        {
            bench.Publish(Delayed($"m{i}", 10 + i));
        }

        bench.Pass(20);
        Assert.Equal(Enumerable.Range(0, 11).Select(i => $"m{i}"), Drain(bench));
        bench.Crash();
        bench.Run();
        Assert.Empty(Drain(bench));
        Assert.Equal(bench.Now + 1, bench.Core.NextDeadline());
        bench.Pass(100);
        Assert.Equal(Enumerable.Range(11, 29).Select(i => $"m{i}"), Drain(bench));
    }

    [Fact]
    public void A_transient_message_survives_a_move_and_no_crash()
    {
        var bench = Bench();
        bench.Publish(Delayed("a", 100, persistent: false));
        bench.Release();
        bench.Pass(100);
        Assert.Equal(["a"], Drain(bench));
        bench.Publish(Delayed("b", 100, persistent: false));
        bench.Crash();
        bench.Pass(100);
        Assert.Empty(Drain(bench));
    }

    [Fact]
    public void What_is_published_while_others_leave_takes_its_turn()
    {
        var bench = Bench(Small);
        for (var i = 0; i < 20; i++)
        {
            bench.Publish(Delayed($"a{i:00}", 50));
        }

        bench.Pass(40);
        bench.Publish(Delayed("soon", 5), Delayed("same", 10), Delayed("late", 500));
        bench.Pass(10);
        Assert.Equal(["soon", .. Enumerable.Range(0, 20).Select(i => $"a{i:00}"), "same"], Drain(bench));
        bench.Pass(490);
        Assert.Equal(["late"], Drain(bench));
    }

    [Fact]
    public void A_purge_cancels_what_is_pending()
    {
        var bench = Bench(Small);
        bench.Publish([.. Enumerable.Range(0, 10).Select(i => Delayed($"m{i}", 50))]);
        Assert.Equal(10, bench.Core.Purge(bench.Now));
        bench.Pass(100);
        Assert.Empty(Drain(bench));
        Assert.Empty(bench.Store.Messages);
    }

    [Fact]
    public void What_comes_after_a_purge_waits_for_nothing_that_is_gone()
    {
        var bench = Bench(Small);
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Delayed($"m{i}", 50 + i))]);
        bench.Core.Purge(bench.Now);
        bench.Run();
        bench.Publish(Delayed("later", 200));
        Assert.Equal(bench.Now + 200, bench.Core.NextDeadline());
        bench.Pass(200);
        Assert.Equal(["later"], Drain(bench));
    }

    [Fact]
    public void The_index_of_deadlines_is_read_once_however_many_wait()
    {
        var bench = Bench(Small with { ExpiryPositions = 10 });
        for (var i = 0; i < 40; i++)
        {
            bench.Publish([.. Enumerable.Range(0, 10).Select(j => Delayed($"{i}/{j}", 10_000 + (i * 100) + j))]);
        }

        var before = bench.Looks;
        for (var i = 0; i < 100; i++)
        {
            bench.Publish(Delayed($"soon{i}", 5));
            bench.Pass(5);
            Assert.Equal([$"soon{i}"], Drain(bench));
        }

        Assert.Equal(before, bench.Looks);
        for (var i = 0; i < 1_500; i++)
        {
            bench.Pass(10);
            Drain(bench);
        }

        Assert.Empty(bench.Store.Messages);
        Assert.InRange(bench.Looks - before, 1, (400 / 5) + 1);
    }

    [Fact]
    public void More_of_the_index_is_read_before_what_it_names_is_due()
    {
        var bench = Bench(Small);
        bench.Publish([.. new[] { 5_000, 5_100, 5_200, 5_201, 9_000, 9_001, 9_002 }.Select(delay => Delayed($"{delay}", delay))]);
        bench.Crash();
        bench.Run();
        bench.Pass(5_000);
        bench.Pass(100);
        Assert.Equal(["5000", "5100"], Drain(bench));
        foreach (var (wait, name) in new[] { (100, "5200"), (1, "5201") })
        {
            bench.Now += wait;
            bench.Core.Tick(bench.Now);
            bench.Collect();
            // It is known already: no look into the index comes between.
            bench.CompletePage();
            Assert.Equal(name, Assert.Single(bench.DeadLetters).Message.Text());
            bench.CompleteDeadLetter();
        }
    }

    [Fact]
    public void What_arrives_while_the_index_is_read_is_not_missed()
    {
        var bench = Bench(Small);
        bench.Publish([.. Enumerable.Range(0, 20).Select(i => Delayed($"m{i:00}", 5_000 + (i * 10)))]);
        bench.Crash();
        bench.Collect();
        Assert.NotNull(bench.Expiring);
        bench.Enqueue(Delayed("soon", 100));
        bench.Collect();
        bench.CompleteCommit();
        bench.CompleteExpiring(early: true);
        bench.Pass(100);
        Assert.Equal(["soon"], Drain(bench));
        bench.Pass(10_000);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"m{i:00}"), Drain(bench));
    }

    [Fact]
    public void Few_of_many_are_kept_in_memory()
    {
        var bench = Bench(new QueueLimits().ForDelays());
        for (var i = 0; i < 20; i++)
        {
            bench.Publish([.. Enumerable.Range(0, 1_000).Select(j => Delayed("m", 10_000 + j))]);
        }

        Assert.InRange(bench.Core.Census().Ready.Count, 1, 4_096);
        Assert.Equal(20_000, bench.Core.ReadyCount);
    }

    [Fact]
    public void A_delay_that_never_ends_is_kept_and_holds_up_no_other()
    {
        var bench = Bench(Small);
        bench.Publish([.. Enumerable.Range(0, 10).Select(_ => Delayed("never", long.MaxValue))]);
        bench.Publish(Delayed("soon", 10));
        bench.Crash();
        bench.Run();
        bench.Pass(10);
        Assert.Equal(["soon"], Drain(bench));
        bench.Pass(1L << 40);
        Assert.Empty(Drain(bench));
        Assert.Equal(10, bench.Store.Messages.Count);
    }

    private static QueueWorkbench Bench(QueueLimits? limits = null) => new(limits: limits, name: Name);

    private static List<string> Drain(QueueWorkbench bench)
    {
        var left = new List<string>();
        while (bench.DeadLetters.Count > 0)
        {
            left.Add(bench.DeadLetters[0].Message.Text());
            bench.CompleteDeadLetter();
            bench.Run();
        }

        return left;
    }

    internal static BrokerMessage Delayed(string body, long delay, bool persistent = true) => new(
        "published-to",
        "key",
        BasicPropertiesWriter.ToArray(new BasicProperties
        {
            DeliveryMode = persistent ? (byte)2 : (byte)1,
            Expiration = "60000",
            MessageId = "id",
            Headers = FieldTable.Empty.With("x-delay", delay),
        }),
        System.Text.Encoding.UTF8.GetBytes(body));
}
