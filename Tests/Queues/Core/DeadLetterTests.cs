using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Queues.Core;
using OrleansBroker.Grains.Queues.Core.Departures;
using OrleansBroker.Tests.Queues.Workbench;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class DeadLetterTests
{
    private static readonly FieldTable Dlx = Table(("x-dead-letter-exchange", "dlx"));

    [Fact]
    public void A_rejected_message_stays_stored_until_its_dead_letter_is()
    {
        var bench = new QueueWorkbench(Dlx);
        bench.Attach(1);
        bench.Publish(Message("a", persistent: true, exchange: "x", routingKey: "k"));
        bench.Settle(1, 1, 1, Settlement.Discard);
        bench.Run();
        var letter = bench.DeadLetters.Single();
        Assert.Equal(("dlx", "k"), (letter.Exchange, letter.RoutingKey));
        Assert.Equal((0, 0), (bench.Core.ReadyCount, bench.Core.UnackedCount));
        Assert.Single(bench.Store.Messages);
        Assert.False(bench.Core.IsIdle);
        bench.CompleteDeadLetter();
        bench.Run();
        Assert.Empty(bench.Store.Messages);
        Assert.Contains(new MessageDrop(DropReason.Rejected, true, 1), bench.Drops);
    }

    [Fact]
    public void Without_an_exchange_a_rejected_message_is_dropped()
    {
        var bench = new QueueWorkbench();
        bench.Attach(1);
        bench.Publish(Message("a", persistent: true));
        bench.Settle(1, 1, 1, Settlement.Discard);
        bench.Run();
        Assert.Empty(bench.DeadLetters);
        Assert.Empty(bench.Store.Messages);
        Assert.Contains(new MessageDrop(DropReason.Rejected, false, 1), bench.Drops);
    }

    [Fact]
    public void A_dead_letter_that_could_not_be_stored_is_tried_again_after_a_pause()
    {
        var bench = new QueueWorkbench(Dlx);
        bench.Publish(Message("a", expiration: "10"));
        bench.Pass(10);
        bench.CompleteDeadLetter(stored: false);
        bench.Run();
        Assert.Empty(bench.DeadLetters);
        Assert.Equal(bench.Now + 1_000, bench.Core.NextDeadline());
        bench.Pass(1_000);
        Assert.Equal("a", bench.DeadLetters.Single().Message.Text());
    }

    [Fact]
    public void A_bounded_number_is_under_way_and_the_rest_follow_in_order()
    {
        var bench = new QueueWorkbench(Dlx, limits: new QueueLimits { DeadLettersInFlight = 2 });
        bench.Publish([.. Enumerable.Range(0, 5).Select(i => Message($"{i}", expiration: "10"))]);
        bench.Pass(10);
        Assert.Equal(["0", "1"], bench.DeadLetters.Select(d => d.Message.Text()));
        bench.CompleteDeadLetter();
        Assert.Equal(["1", "2"], bench.DeadLetters.Select(d => d.Message.Text()));
        Assert.Equal(0, bench.Core.ReadyCount);
    }

    [Fact]
    public void While_too_many_wait_nothing_is_read_and_a_get_does_not_wait_for_it()
    {
        var bench = new QueueWorkbench(Dlx, limits: new QueueLimits { HeadMessages = 4, PageMessages = 4, DeadLettersInFlight = 2 });
        bench.Publish([.. Enumerable.Range(0, 30).Select(i => Message($"{i}", expiration: i < 25 ? "10" : null))]);
        bench.Pass(10);
        Assert.Null(bench.Get());
        Assert.False(bench.Core.HeadMissing);
        Assert.True(bench.Core.Census().DeadLettering.Count <= 8);
        while (bench.CompleteDeadLetter())
        {
            bench.Run();
        }

        Assert.Equal(5, bench.Core.ReadyCount);
        Assert.Equal(25, bench.Drops.Sum(d => d.Count));
    }

    [Fact]
    public void A_message_whose_dead_letter_is_under_way_is_the_next_owners()
    {
        var bench = new QueueWorkbench(Dlx);
        bench.Attach(1);
        bench.Publish(Message("a", persistent: true), Message("b"));
        bench.Settle(1, 1, 2, Settlement.Discard);
        bench.Run();
        bench.Release();
        Assert.Equal(2, bench.Core.ReadyCount);
    }

    [Fact]
    public void The_dead_letter_tells_where_why_and_when()
    {
        var bench = new QueueWorkbench(Dlx);
        bench.Publish(Message(
            "a", expiration: "10", exchange: "x", routingKey: "k", headers: Table(("mine", 1), ("CC", new object?[] { "cc" }))));
        bench.Pass(10);
        var message = bench.DeadLetters.Single().Message;
        var death = Death(message, 0);
        Assert.Equal(
            ["count", "reason", "queue", "time", "exchange", "routing-keys", "original-expiration"], death.Select(f => f.Key));
        Assert.Equal(1L, death["count"]);
        Assert.Equal("expired", death["reason"]);
        Assert.Equal("q", death["queue"]);
        Assert.Equal(new AmqpTimestamp(bench.Now / 1000), death["time"]);
        Assert.Equal("x", death["exchange"]);
        Assert.Equal(new object?[] { "k", "cc" }, death["routing-keys"]);
        Assert.Equal("10", death["original-expiration"]);
        Assert.Null(BasicPropertiesReader.Expiration(message.Properties.Span));
        Assert.Equal(1, message.Headers()["mine"]);
        Assert.True(message.Headers().ContainsKey("CC"));
        AssertDeaths(message, "first", "expired", "q", "x");
        AssertDeaths(message, "last", "expired", "q", "x");
    }

    [Fact]
    public void A_routing_key_of_the_queue_replaces_the_whole_route()
    {
        var bench = new QueueWorkbench(Table(("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "dead")));
        bench.Publish(Message("a", expiration: "1", headers: Table(("CC", new object?[] { "cc" }))));
        bench.Pass(1);
        var letter = bench.DeadLetters.Single();
        Assert.Equal(("", "dead"), (letter.Exchange, letter.RoutingKey));
        Assert.False(letter.Message.Headers().ContainsKey("CC"));
        Assert.Equal(new object?[] { "q", "cc" }, Death(letter.Message, 0)["routing-keys"]);
    }

    [Fact]
    public void A_second_death_of_the_same_kind_is_counted_and_moves_to_the_front()
    {
        var message = Die(Message("a", exchange: "x", routingKey: "k"), "q", DropReason.Rejected, 5_000);
        message = Die(message, "other", DropReason.Expired, 6_000);
        Assert.Equal(["other", "q"], new[] { 0, 1 }.Select(i => Death(message, i)["queue"]));
        message = Die(message, "q", DropReason.Rejected, 9_000);
        Assert.Equal(["q", "other"], new[] { 0, 1 }.Select(i => Death(message, i)["queue"]));
        Assert.Equal(2L, Death(message, 0)["count"]);
        Assert.Equal(new AmqpTimestamp(5), Death(message, 0)["time"]);
        Assert.Equal("x", Death(message, 0)["exchange"]);
        message = Die(message, "q", DropReason.DeliveryLimit, 9_000);
        Assert.Equal(1L, Death(message, 0)["count"]);
        Assert.Equal("delivery_limit", Death(message, 0)["reason"]);
        AssertDeaths(message, "first", "rejected", "q", "x");
        AssertDeaths(message, "last", "delivery_limit", "q", "dlx");
    }

    [Fact]
    public void A_client_that_publishes_x_death_does_not_continue_its_counts()
    {
        var died = Die(Message("a"), "q", DropReason.Rejected, 5_000);
        var republished = new BrokerMessage("x", "k", died.Properties, died.Body);
        Assert.False(DeadLetterCycle.Blocks(republished, "q"));
        var again = Die(republished, "q", DropReason.Rejected, 7_000);
        Assert.Single((object?[])again.Headers()["x-death"]!);
        Assert.Equal(1L, Death(again, 0)["count"]);
        AssertDeaths(again, "first", "rejected", "q", "x");
    }

    [Fact]
    public void That_the_broker_wrote_x_death_stays_with_the_message()
    {
        var died = Die(Message("a"), "q", DropReason.Rejected, 5_000);
        Assert.True(died.Detach().IsDeadLettered && died.WithRoute("", "k").IsDeadLettered && died.WithProperties(died.Properties).IsDeadLettered);
    }

    [Fact]
    public void A_circle_without_a_reject_is_blocked()
    {
        var message = Die(Die(Message("a"), "q", DropReason.Expired, 1), "p", DropReason.MaxLength, 2);
        Assert.True(DeadLetterCycle.Blocks(message, "q"));
        Assert.True(DeadLetterCycle.Blocks(message, "p"));
        Assert.False(DeadLetterCycle.Blocks(message, "elsewhere"));
        Assert.False(DeadLetterCycle.Blocks(Message("a"), "q"));
    }

    [Fact]
    public void A_circle_with_a_reject_in_it_is_not()
    {
        var message = Die(Die(Message("a"), "q", DropReason.Expired, 1), "p", DropReason.Rejected, 2);
        Assert.False(DeadLetterCycle.Blocks(message, "q"));
        Assert.False(DeadLetterCycle.Blocks(message, "p"));
        Assert.False(DeadLetterCycle.Blocks(Die(Message("a"), "q", DropReason.Rejected, 1), "q"));
        // The reject came before the loop began.
        var later = Die(Die(message, "r", DropReason.Expired, 3), "s", DropReason.Expired, 4);
        Assert.True(DeadLetterCycle.Blocks(later, "r"));
    }

    [Fact]
    public void A_message_whose_properties_cannot_be_read_is_dead_lettered_all_the_same()
    {
        var message = new BrokerMessage("x", "k", new byte[] { 0x20, 0, 0, 0, 0, 99 }, "body"u8.ToArray());
        Assert.Equal("body", Die(message, "q", DropReason.Rejected, 1).Text());
    }

    private static BrokerMessage Die(BrokerMessage message, string queue, DropReason reason, long at) =>
        DeathRecord.Write(message, queue, reason, at, "dlx", null);

    private static FieldTable Death(BrokerMessage message, int at) => (FieldTable)((object?[])message.Headers()["x-death"]!)[at]!;

    private static void AssertDeaths(BrokerMessage message, string which, string reason, string queue, string exchange)
    {
        var headers = message.Headers();
        Assert.Equal(reason, headers[$"x-{which}-death-reason"]);
        Assert.Equal(queue, headers[$"x-{which}-death-queue"]);
        Assert.Equal(exchange, headers[$"x-{which}-death-exchange"]);
    }
}
