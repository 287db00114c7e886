using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class DirectAndFanoutExchanges
{
    [Fact]
    public void A_direct_exchange_sends_to_the_queues_of_the_very_key()
    {
        var table = Table("direct", Binding("x", Queue("a"), "k"), Binding("x", Queue("b"), "k"), Binding("x", Queue("c"), "other"));
        Assert.Equal(["a", "b"], Route(table, "k"));
        Assert.Equal(["c"], Route(table, "other"));
        Assert.Empty(Route(table, "K"));
        Assert.Empty(Route(table, ""));
    }

    [Fact]
    public void A_direct_exchange_may_be_bound_by_the_empty_key() =>
        Assert.Equal(["a"], Route(Table("direct", Binding("x", Queue("a"))), ""));

    [Fact]
    public void Wildcards_mean_nothing_to_a_direct_exchange()
    {
        var table = Table("direct", Binding("x", Queue("a"), "#"));
        Assert.Empty(Route(table, "k"));
        Assert.Equal(["a"], Route(table, "#"));
    }

    [Fact]
    public void A_fanout_exchange_sends_to_all_whatever_the_key()
    {
        var table = Table("fanout", Binding("x", Queue("a"), "1"), Binding("x", Queue("b"), "2"));
        Assert.Equal(["a", "b"], Route(table, "3"));
    }

    [Theory]
    [InlineData("fanout", "1", "2")]
    [InlineData("topic", "#", "*")]
    public void A_queue_bound_twice_gets_one_copy(string type, string one, string other)
    {
        var table = Table(type, Binding("x", Queue("a"), one), Binding("x", Queue("a"), other));
        Assert.Equal(2, table.BindingCount);
        Assert.Equal(["a"], Route(table, "k"));
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("fanout")]
    [InlineData("topic")]
    public void A_queue_stays_until_the_last_of_its_bindings_goes(string type)
    {
        var one = Binding("x", Queue("a"), "k", Field("n", 1));
        var other = Binding("x", Queue("a"), "k", Field("n", 2));
        var table = Table(type, one, other).WithoutBinding(one, 2);
        Assert.Equal(["a"], Route(table, "k"));
        Assert.Empty(Route(table.WithoutBinding(other, 3), "k"));
    }

    [Fact]
    public void A_queue_and_a_stream_of_one_name_are_two_destinations()
    {
        var stream = new Grains.Interfaces.Topology.Destination(Grains.Interfaces.Topology.DestinationKind.Stream, "a");
        Assert.Equal(["a", "a"], Route(Table("fanout", Binding("x", Queue("a")), Binding("x", stream))));
    }

    [Fact]
    public void A_fanout_to_thousands_of_queues_finds_each_of_them_once()
    {
        var names = Enumerable.Range(0, 5_000).Select(i => $"q{i}").ToArray();
        var table = Table("fanout", [.. names.Select(name => Binding("x", Queue(name)))]);
        Assert.Equal(names.Order(StringComparer.Ordinal), Route(table));
    }
}
