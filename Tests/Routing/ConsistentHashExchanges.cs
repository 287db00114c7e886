using System.Globalization;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class ConsistentHashExchanges
{
    private const string Type = "x-consistent-hash";
    private static readonly string[] Keys = [.. Enumerable.Range(0, 20_000).Select(i => $"key-{i}")];

    [Fact]
    public void A_key_goes_to_one_queue_and_always_to_the_same()
    {
        var table = Queues(("a", 1), ("b", 1), ("c", 1));
        foreach (var key in Keys.Take(100))
        {
            var first = Assert.Single(Route(table, key));
            Assert.Equal([first], Route(table, key));
        }
    }

    [Fact]
    public void The_choice_is_the_same_in_every_process_and_in_whatever_order_the_bindings_came()
    {
        // Fixed for good: another hash would send keys elsewhere after an upgrade.
        var table = Queues(("a", 1), ("b", 1), ("c", 2));
        Assert.Equal(Expected, string.Concat(Keys.Take(40).Select(key => Route(table, key).Single())));
        var reversed = Queues(("c", 2), ("b", 1), ("a", 1));
        Assert.All(Keys.Take(1_000), key => Assert.Equal(Route(table, key), Route(reversed, key)));
    }

    [Fact]
    public void Queues_get_keys_in_proportion_to_their_weights()
    {
        var shares = Shares(Queues(("a", 1), ("b", 2), ("c", 7)));
        Assert.InRange(shares["a"], 0.08, 0.12);
        Assert.InRange(shares["b"], 0.18, 0.22);
        Assert.InRange(shares["c"], 0.68, 0.72);
    }

    [Fact]
    public void A_new_binding_takes_its_share_and_moves_no_other_key()
    {
        var before = Queues(("a", 1), ("b", 1), ("c", 1));
        var after = before.WithBinding(Binding("x", Queue("d"), "1"), 2);
        var moved = Keys.Where(key => Route(before, key)[0] != Route(after, key)[0]).ToArray();
        Assert.All(moved, key => Assert.Equal(["d"], Route(after, key)));
        Assert.InRange(moved.Length / (double)Keys.Length, 0.23, 0.27);
    }

    [Fact]
    public void A_binding_that_goes_moves_its_own_keys_and_no_other()
    {
        var before = Queues(("a", 1), ("b", 3), ("c", 1));
        var after = before.WithoutBinding(Binding("x", Queue("c"), "1"), 2);
        Assert.All(Keys.Where(key => Route(before, key)[0] != "c"), key => Assert.Equal(Route(before, key), Route(after, key)));
        Assert.DoesNotContain("c", Shares(after).Keys);
    }

    [Fact]
    public void A_queue_that_is_bound_twice_has_both_weights()
    {
        var table = Queues(("a", 1), ("b", 1)).WithBinding(Binding("x", Queue("b"), "2"), 2);
        Assert.InRange(Shares(table)["b"], 0.73, 0.77);
        Assert.InRange(Shares(table.WithoutBinding(Binding("x", Queue("b"), "2"), 3))["b"], 0.48, 0.52);
    }

    [Fact]
    public void Only_the_messages_own_key_counts()
    {
        var tables = new TableSet(Queues(("a", 1), ("b", 1), ("c", 1)));
        var own = tables.Route(Message("x", "key"));
        Assert.Equal(own, tables.Route(Message("x", "key", Field("CC", new object?[] { "1", "2", "3", "4", "5" }))));
    }

    [Fact]
    public void A_route_by_key_may_be_cached_and_one_by_content_may_not()
    {
        var tables = new TableSet(Queues(("a", 1)));
        tables.Route(Message("x", "key"));
        Assert.True(tables.Result.Cacheable);
        tables = new TableSet(ByArgument("hash-header", "account"));
        tables.Route(Message("x", "key"));
        Assert.False(tables.Result.Cacheable);
    }

    [Fact]
    public void A_header_decides_where_one_is_named_and_integers_of_all_widths_are_alike()
    {
        var table = ByArgument("hash-header", "account");
        Assert.Equal(5, Enumerable.Range(0, 200).Select(i => Route(table, "k", Field("account", $"{i}"))[0]).Distinct().Count());
        Assert.Equal(Route(table, "k", Field("account", 7)), Route(table, "other", Field("account", 7L)));
        Assert.Single(Route(table, "k"));
        Assert.Single(Route(table, "k", Field("account", new object?[] { 1, "x" })));
    }

    [Theory]
    [InlineData("message_id")]
    [InlineData("correlation_id")]
    [InlineData("timestamp")]
    public void A_property_decides_where_one_is_named(string property)
    {
        var tables = new TableSet(ByArgument("hash-property", property));
        string Queue(int i) => Assert.Single(tables.Route(new BrokerMessage("x", "", BasicPropertiesWriter.ToArray(Properties(i)), default)));
        BasicProperties Properties(int i) => property switch
        {
            "message_id" => new BasicProperties { MessageId = $"{i}" },
            "correlation_id" => new BasicProperties { CorrelationId = $"{i}" },
            _ => new BasicProperties { Timestamp = new AmqpTimestamp(i) },
        };
        Assert.Equal(5, Enumerable.Range(0, 200).Select(Queue).Distinct().Count());
        Assert.Equal(Queue(3), Queue(3));
    }

    [Theory]
    [InlineData("", "The binding key must be an integer: <<\"\">>")]
    [InlineData("a", "The binding key must be an integer: <<\"a\">>")]
    [InlineData("1.5", "The binding key must be an integer: <<\"1.5\">>")]
    [InlineData("0", "The binding key must be greater than 0")]
    [InlineData("-1", "The binding key must be greater than 0")]
    public void A_binding_key_that_is_no_weight_is_refused(string key, string text) =>
        Refused(text, () => ExchangeRules.CheckBinding(Exchange("x", Type), Binding("x", Queue("q"), key)));

    [Fact]
    public void Header_and_property_exclude_each_other_and_few_properties_can_be_hashed()
    {
        Refused(
            "hash-header and hash-property are mutually exclusive",
            () => ExchangeRules.CheckCreation(Exchange("x", Type, Field("hash-header", "h"), Field("hash-property", "message_id"))));
        Refused("Unsupported property: app_id", () => ExchangeRules.CheckCreation(Exchange("x", Type, Field("hash-property", "app_id"))));
        Refused(
            "invalid type 'signedint' for arg 'hash-header' in exchange 'x' in vhost '/'",
            () => ExchangeRules.CheckCreation(Exchange("x", Type, Field("hash-header", 1))));
        Assert.Throws<BrokerException>(() => ExchangeEquivalence.Check(Exchange("x", Type, Field("hash-header", "h")), Exchange("x", Type)));
    }

    private const string Expected = "cacccaccaccbabbcbaacacaccccbbaccccbcbcba";

    private static RoutingTable Queues(params (string Name, int Weight)[] queues) =>
        RoutingTable.Create(Exchange("x", Type), 1, Bindings(queues));

    private static RoutingTable ByArgument(string argument, string value) =>
        RoutingTable.Create(Exchange("x", Type, Field(argument, value)), 1, Bindings([("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1)]));

    private static IEnumerable<BindingDefinition> Bindings((string Name, int Weight)[] queues) =>
        queues.Select(q => Binding("x", Queue(q.Name), q.Weight.ToString(CultureInfo.InvariantCulture)));

    private static Dictionary<string, double> Shares(RoutingTable table) =>
        Keys.CountBy(key => Route(table, key)[0]).ToDictionary(count => count.Key, count => count.Value / (double)Keys.Length);

    private static void Refused(string text, Action check) =>
        Assert.Equal($"PRECONDITION_FAILED - {text}", Assert.Throws<BrokerException>(check).Message);
}
