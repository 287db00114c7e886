using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class MessageRouting
{
    [Fact]
    public void The_default_exchange_sends_to_the_queue_that_the_key_names_without_a_table()
    {
        var tables = new TableSet();
        Assert.Equal(["q"], tables.Route(Message("", "q")));
        Assert.Equal((PublishOutcome.Enqueued, true), (tables.Result.Outcome, tables.Result.Cacheable));
        Assert.Equal([Queue("q")], tables.Result.Destinations.ToArray());
        Assert.Empty(tables.Asked);
    }

    [Fact]
    public void An_exchange_that_does_not_exist_is_told()
    {
        var tables = new TableSet();
        Assert.Empty(tables.Route(Message("x", "k")));
        Assert.Equal(PublishOutcome.ExchangeNotFound, tables.Result.Outcome);
    }

    [Fact]
    public void A_message_that_nothing_matches_is_unroutable()
    {
        var tables = new TableSet(Table("direct"));
        Assert.Empty(tables.Route(Message("x", "k")));
        Assert.Equal((PublishOutcome.Unroutable, true), (tables.Result.Outcome, tables.Result.Cacheable));
    }

    [Fact]
    public void An_internal_exchange_takes_dead_letters_only()
    {
        var tables = new TableSet().Add(Exchange("x", "fanout") with { Internal = true }, Binding("x", Queue("q")));
        Assert.Empty(tables.Route(Message("x")));
        Assert.Equal(PublishOutcome.ExchangeInternal, tables.Result.Outcome);
        Assert.Equal(["q"], tables.Route(Message("x"), deadLetter: true));
        Assert.False(tables.Result.Cacheable);
    }

    [Fact]
    public void An_internal_exchange_may_be_reached_through_a_binding()
    {
        var tables = new TableSet(Table("fanout", Binding("x", ToExchange("inner"))))
            .Add(Exchange("inner", "fanout") with { Internal = true }, Binding("inner", Queue("q")));
        Assert.Equal(["q"], tables.Route(Message("x")));
    }

    [Fact]
    public void Exchanges_that_are_bound_to_exchanges_route_by_the_same_key()
    {
        var tables = new TableSet(Table("fanout", Binding("x", ToExchange("d")), Binding("x", ToExchange("t")), Binding("x", Queue("q"))))
            .Add(Exchange("d", "direct"), Binding("d", Queue("direct"), "a.b"), Binding("d", Queue("no"), "a"))
            .Add(Exchange("t", "topic"), Binding("t", Queue("topic"), "a.*"), Binding("t", Queue("q"), "#"));
        Assert.Equal(["direct", "q", "topic"], tables.Route(Message("x", "a.b")));
        Assert.True(tables.Result.Cacheable);
    }

    [Fact]
    public void A_cycle_of_exchanges_routes_each_once()
    {
        var tables = new TableSet(Table("fanout", Binding("x", ToExchange("y")), Binding("x", ToExchange("x")), Binding("x", Queue("1"))))
            .Add(Exchange("y", "fanout"), Binding("y", ToExchange("x")), Binding("y", ToExchange("z")), Binding("y", Queue("2")))
            .Add(Exchange("z", "fanout"), Binding("z", ToExchange("y")), Binding("z", Queue("1")), Binding("z", Queue("3")));
        Assert.Equal(["1", "2", "3"], tables.Route(Message("x")));
        Assert.Equal(["x", "y", "z"], tables.Asked);
    }

    [Fact]
    public void A_missing_exchange_behind_a_binding_is_passed_over()
    {
        var tables = new TableSet(Table("fanout", Binding("x", ToExchange("gone")), Binding("x", Queue("q"))));
        Assert.Equal(["q"], tables.Route(Message("x")));
    }

    [Fact]
    public void The_alternate_exchange_takes_what_nothing_matched()
    {
        var tables = new TableSet()
            .Add(Exchange("x", "direct", Field("alternate-exchange", "ae")), Binding("x", Queue("q"), "k"))
            .Add(Exchange("ae", "fanout"), Binding("ae", Queue("rest")));
        Assert.Equal(["q"], tables.Route(Message("x", "k")));
        Assert.Equal(["rest"], tables.Route(Message("x", "other")));
        Assert.True(tables.Result.Cacheable);
    }

    [Fact]
    public void The_alternate_of_an_alternate_is_asked_in_turn_and_a_cycle_ends()
    {
        var tables = new TableSet()
            .Add(Exchange("x", "direct", Field("alternate-exchange", "y")))
            .Add(Exchange("y", "direct", Field("alternate-exchange", "z")))
            .Add(Exchange("z", "direct", Field("alternate-exchange", "x")), Binding("z", Queue("q"), "k"));
        Assert.Equal(["q"], tables.Route(Message("x", "k")));
        Assert.Empty(tables.Route(Message("x", "other")));
        Assert.Equal(PublishOutcome.Unroutable, tables.Result.Outcome);
    }

    [Fact]
    public void A_match_that_leads_to_an_exchange_already_routed_keeps_the_alternate_out()
    {
        var tables = new TableSet()
            .Add(Exchange("x", "fanout", Field("alternate-exchange", "ae")), Binding("x", ToExchange("x")))
            .Add(Exchange("ae", "fanout"), Binding("ae", Queue("rest")));
        Assert.Empty(tables.Route(Message("x")));
    }

    [Fact]
    public void A_missing_alternate_is_passed_over_and_the_default_exchange_may_be_one()
    {
        var tables = new TableSet()
            .Add(Exchange("x", "direct", Field("alternate-exchange", "gone")))
            .Add(Exchange("y", "direct", Field("alternate-exchange", "")));
        Assert.Empty(tables.Route(Message("x", "k")));
        Assert.Equal(["k"], tables.Route(Message("y", "k")));
    }

    [Fact]
    public void An_exchange_behind_a_binding_uses_its_own_alternate()
    {
        var tables = new TableSet(Table("fanout", Binding("x", Queue("q")), Binding("x", ToExchange("y"))))
            .Add(Exchange("y", "direct", Field("alternate-exchange", "ae")))
            .Add(Exchange("ae", "fanout"), Binding("ae", Queue("rest")));
        Assert.Equal(["q", "rest"], tables.Route(Message("x", "k")));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("y")]
    [InlineData("ae")]
    public void A_table_that_is_not_loaded_is_named_and_nothing_is_routed(string notLoaded)
    {
        var tables = new TableSet(Table("fanout", Binding("x", Queue("q")), Binding("x", ToExchange("y"))))
            .Add(Exchange("y", "direct", Field("alternate-exchange", "ae")))
            .Add(Exchange("ae", "fanout"), Binding("ae", Queue("rest")));
        tables.NotLoaded.Add(notLoaded);
        Assert.False(MessageRouter.TryRoute(tables, VirtualHost, Message("x", "k"), deadLetter: false, tables.Result));
        Assert.Equal(new ExchangeId(VirtualHost, notLoaded), tables.Result.MissingTable);
        Assert.Equal(0, tables.Result.Destinations.Length);
        Assert.False(tables.Result.Cacheable);
        tables.NotLoaded.Clear();
        Assert.Equal(["q", "rest"], tables.Route(Message("x", "k")));
    }

    [Fact]
    public void What_depends_on_headers_is_not_cacheable()
    {
        var tables = new TableSet(Table("fanout", Binding("x", ToExchange("h"))))
            .Add(Exchange("h", "headers"), Binding("h", Queue("q"), "", Field("a", 1)));
        Assert.Equal(["q"], tables.Route(Message("x", "", Field("a", 1))));
        Assert.False(tables.Result.Cacheable);
    }

    [Fact]
    public void A_result_is_used_again_without_a_trace_of_the_route_before()
    {
        var tables = new TableSet(Table("fanout", [.. Enumerable.Range(0, 100).Select(i => Binding("x", Queue($"q{i}")))]))
            .Add(Exchange("y", "fanout"), Binding("y", Queue("q5")));
        Assert.Equal(100, tables.Route(Message("x")).Length);
        Assert.Equal(["q5"], tables.Route(Message("y")));
        Assert.Empty(tables.Route(Message("gone")));
        Assert.Equal(100, tables.Route(Message("x")).Length);
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("topic")]
    [InlineData("fanout")]
    public void A_route_allocates_nothing(string type)
    {
        var bindings = Enumerable.Range(0, 200).Select(i => Binding("x", Queue($"q{i}"), i % 2 == 0 ? "a.b" : "#.b"));
        var tables = new TableSet([RoutingTable.Create(Exchange("x", type), 1, bindings)]);
        var message = Message("x", "a.b", Field("traceparent", "00-1-2-01"));
        tables.Asked.Capacity = 4_000;
        Warm(tables, message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Warm(tables, message);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Warm(TableSet tables, Grains.Interfaces.Messages.BrokerMessage message)
    {
        for (var i = 0; i < 1_000; i++)
        {
            MessageRouter.TryRoute(tables, VirtualHost, message, deadLetter: false, tables.Result);
        }
    }
}
