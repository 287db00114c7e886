using System.Text;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Transfers;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>Where a dead letter goes back to, and when it stays.</summary>
public class RedriveRulesTests
{
    private static readonly RedriveRules Rules = new() { Source = "dead", User = "guest" };

    [Fact]
    public void It_goes_back_to_the_exchange_and_key_of_its_first_death()
    {
        var sent = Sent(Rules, Headers(Entry("retry", "expired", "", ["retry"]), Entry("work", "rejected", "orders", ["order.new"])));
        Assert.Equal(("orders", "order.new"), (sent.Exchange, sent.RoutingKey));
    }

    [Fact]
    public void The_first_death_is_the_one_that_the_headers_name_even_when_it_repeated_itself_and_stands_in_front()
    {
        var headers = Headers(Entry("work", "rejected", "orders", ["order.new"]), Entry("retry", "expired", "", ["retry"]));
        (headers["x-first-death-queue"], headers["x-first-death-reason"]) = (Octets("work"), Octets("rejected"));
        Assert.Equal("orders", Sent(Rules, headers).Exchange);
    }

    [Fact]
    public void Straight_into_its_queue_it_goes_alone()
    {
        var headers = Headers(Entry("work", "rejected", "orders", ["a", "b"]));
        headers["CC"] = new List<object?> { Octets("b") };
        var sent = Sent(Rules with { ToQueue = true }, headers);
        Assert.Equal(("", "work"), (sent.Exchange, sent.RoutingKey));
        Assert.False(sent.Properties.Headers!.ContainsKey("CC"));
    }

    [Fact]
    public void Its_copies_go_with_it_to_the_exchange()
    {
        var sent = Sent(Rules, Headers(Entry("work", "rejected", "orders", ["a", "b", "c"])));
        Assert.Equal("a", sent.RoutingKey);
        Assert.Equal(["b", "c"], Assert.IsType<List<object?>>(sent.Properties.Headers!["CC"]));
    }

    [Fact]
    public void Its_deaths_are_forgotten_and_its_other_headers_kept()
    {
        var headers = Headers(Entry("work", "rejected", "orders", ["a"]));
        foreach (var name in Death.Headers.Skip(1))
        {
            headers[name] = Octets("x");
        }

        headers["trace"] = 7L;
        Assert.Equal(["trace", RedriveRules.CountHeader], Sent(Rules, headers).Properties.Headers!.Keys.Order());
        Assert.True(Sent(Rules with { KeepDeaths = true }, headers).Properties.Headers!.ContainsKey("x-death"));
    }

    [Fact]
    public void It_is_sent_back_only_so_often()
    {
        var headers = Headers(Entry("work", "rejected", "orders", ["a"]));
        for (var i = 1L; i <= 3; i++)
        {
            var sent = Sent(Rules, headers);
            Assert.Equal(i, sent.Properties.Headers![RedriveRules.CountHeader]);
            headers[RedriveRules.CountHeader] = sent.Properties.Headers[RedriveRules.CountHeader];
        }

        Assert.Contains("3 times", Left(Rules, headers), StringComparison.Ordinal);
    }

    [Fact]
    public void It_stays_when_it_would_return_to_where_it_is() =>
        Assert.Contains("would return", Left(Rules, Headers(Entry("dead", "expired", "", ["dead"]))), StringComparison.Ordinal);

    [Fact]
    public void It_stays_when_no_header_says_where_it_came_from()
    {
        Assert.Contains("no origin", Left(Rules, []), StringComparison.Ordinal);
        Assert.Contains("no origin", Left(Rules, new() { ["x-death"] = Octets("odd") }), StringComparison.Ordinal);
        Assert.Contains("no origin", Left(Rules, new() { ["x-death"] = new List<object?> { 5, null } }), StringComparison.Ordinal);
        Assert.Contains("no origin", Left(Rules, Headers(Entry("work", "rejected", "orders", []))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rejected", "work", "5", true)]
    [InlineData("expired", "work", "5", false)]
    [InlineData("rejected", "other", "5", false)]
    [InlineData("rejected", "work", "6", false)]
    public void Only_what_was_asked_for_goes(string reason, string queue, string tenant, bool goes)
    {
        var headers = Headers(Entry("work", "rejected", "orders", ["a"]));
        headers["tenant"] = 5;
        var rules = Rules with { Reason = reason, FromQueue = queue, Headers = [KeyValuePair.Create("tenant", tenant)] };
        Assert.Equal(goes, rules.PlanFor(Delivery(headers)) is Plan.Send);
    }

    [Fact]
    public void Another_users_id_is_dropped_and_everything_else_kept()
    {
        var old = new BasicProperties { UserId = "ann", MessageId = "m", Priority = 3, Expiration = "60000" };
        var properties = MessageCopies.Properties(old, "guest");
        Assert.False(properties.IsUserIdPresent());
        Assert.Equal(("m", (byte)3, "60000"), (properties.MessageId, properties.Priority, properties.Expiration));
        Assert.Equal("ann", MessageCopies.Properties(old, "ann").UserId);
    }

    private static Plan.Send Sent(RedriveRules rules, Dictionary<string, object?> headers) => Assert.IsType<Plan.Send>(rules.PlanFor(Delivery(headers)));

    private static string Left(RedriveRules rules, Dictionary<string, object?> headers) =>
        Assert.IsType<Plan.Leave>(rules.PlanFor(Delivery(headers))).Reason;

    private static Delivery Delivery(Dictionary<string, object?> headers) =>
        new(1, false, "", "dead", new BasicProperties { Headers = headers }, ReadOnlyMemory<byte>.Empty);

    private static Dictionary<string, object?> Headers(params object?[] deaths) => new() { ["x-death"] = deaths.ToList() };

    private static Dictionary<string, object?> Entry(string queue, string reason, string exchange, string[] keys) => new()
    {
        ["queue"] = Octets(queue),
        ["reason"] = Octets(reason),
        ["exchange"] = Octets(exchange),
        ["count"] = 1L,
        ["routing-keys"] = keys.Select(key => (object?)Octets(key)).ToList(),
    };

    private static byte[] Octets(string text) => Encoding.UTF8.GetBytes(text);
}
