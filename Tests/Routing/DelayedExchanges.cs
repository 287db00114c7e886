using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class DelayedExchanges
{
    private const string Type = "x-delayed-message";

    [Fact]
    public void A_delayed_message_goes_to_the_exchanges_own_queue_and_another_where_the_inner_type_sends_it()
    {
        var tables = new TableSet(Table(Delayed("x", "topic"), Binding("x", Queue("q"), "a.*")));
        Assert.Equal([DelayQueueOf("x")], tables.Route(Message("x", "a.b", Field("x-delay", 1_000))));
        Assert.False(tables.Result.Cacheable);
        Assert.Equal(["q"], tables.Route(Message("x", "a.b")));
        Assert.Empty(tables.Route(Message("x", "b")));
        Assert.False(tables.Result.Cacheable);
    }

    [Fact]
    public void A_delayed_message_is_not_unroutable_even_where_nothing_is_bound()
    {
        var tables = new TableSet().Add(Delayed("x", "direct", Field("alternate-exchange", "y"))).Add(Exchange("y", "fanout"), Binding("y", Queue("q")));
        Assert.Equal([DelayQueueOf("x")], tables.Route(Message("x", "k", Field("x-delay", 1))));
        Assert.Equal(["q"], tables.Route(Message("x", "k", Field("x-delay", -1))));
    }

    [Fact]
    public void Integers_of_all_widths_their_digits_and_fractions_are_delays_and_anything_else_is_none()
    {
        var tables = new TableSet(Table(Delayed("x", "fanout"), Binding("x", Queue("q"))));
        foreach (var delay in new object[] { (sbyte)5, (byte)5, (short)5, (ushort)5, 5, 5u, 5L, "5", 5.7, 5.7f, 5.7m, long.MaxValue })
        {
            Assert.Equal([DelayQueueOf("x")], tables.Route(Message("x", "", Field("x-delay", delay))));
        }

        foreach (var none in new object?[] { 0, -5, -5L, "", "soon", "-5", 0.5, double.NaN, null, true, new object?[] { 5 } })
        {
            Assert.Equal(["q"], tables.Route(Message("x", "", Field("x-delay", none))));
        }
    }

    [Fact]
    public void The_exchange_that_delayed_a_message_routes_it_by_its_keys_also_an_internal_one()
    {
        var inner = Delayed("inner", "direct") with { Internal = true };
        var tables = new TableSet()
            .Add(Exchange("outer", "fanout"), Binding("outer", ToExchange("inner")), Binding("outer", Queue("direct")))
            .Add(inner, Binding("inner", Queue("q"), "k"), Binding("inner", Queue("blind"), "b"));
        var message = Message("outer", "k", Field("x-delay", 10), Field("BCC", new object?[] { "b" }));
        Assert.Equal([DelayQueueOf("inner"), "direct"], tables.Route(message));

        var only = Message("inner", "k", Field("x-delay", 10), Field("BCC", new object?[] { "b" }));
        Assert.True(MessageRouter.TryRoute(tables, VirtualHost, only.WithRoute("outer", "k"), false, tables.Result, "inner"));
        Assert.Same("outer", tables.Result.Message.Exchange);
        Assert.True(MessageRouter.TryRoute(tables, VirtualHost, DelayHeader.Over(only), false, tables.Result, "inner"));
        Assert.Equal(["blind", "q"], tables.Result.Destinations.ToArray().Select(d => d.Name).Order());
        Assert.False(FurtherKeys.MayBeIn(tables.Result.Message));
    }

    [Fact]
    public void A_message_that_is_only_delayed_keeps_its_blind_copies_for_later()
    {
        var tables = new TableSet(Table(Delayed("x", "direct"), Binding("x", Queue("q"), "k")));
        tables.Route(Message("x", "k", Field("x-delay", 10), Field("BCC", new object?[] { "b" })));
        Assert.True(FurtherKeys.MayBeIn(tables.Result.Message));
    }

    [Fact]
    public void No_key_of_a_client_reaches_the_queue_of_delayed_messages()
    {
        var tables = new TableSet();
        Assert.Empty(tables.Route(Message("", DelayQueueOf("x"))));
        Assert.Equal(["q"], tables.Route(Message("", "q", Field("CC", new object?[] { DelayQueueOf("x") }))));
    }

    [Fact]
    public void A_message_whose_delay_is_over_says_so_and_is_otherwise_as_it_was()
    {
        var message = Message("x", "k", Field("a", "1"), Field("x-delay", 700), Field("b", 2L));
        var over = DelayHeader.Over(message);
        var headers = Amqp.Content(over)!;
        Assert.Equal([("a", "1"), ("x-delay", (object)-700), ("b", 2L)], headers.Select(f => (f.Key, f.Value!)));
        Assert.Equal(0, DelayHeader.Of(over));
        Assert.Equal(-5_000_000_000L, Amqp.Content(DelayHeader.Over(Message("x", "k", Field("x-delay", 5_000_000_000L))))!["x-delay"]);
        Assert.Same(over, DelayHeader.Over(over));
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("fanout")]
    [InlineData("topic")]
    [InlineData("headers")]
    [InlineData("x-consistent-hash")]
    public void The_type_is_one_that_routes(string type)
    {
        ExchangeRules.CheckCreation(Delayed("x", type));
        ExchangeRules.CheckBinding(Delayed("x", type), Binding("x", Queue("q"), "1"));
    }

    [Fact]
    public void The_inner_type_is_named_and_its_rules_hold()
    {
        const string Text = "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must be an existing exchange type";
        Refused(Text, () => ExchangeRules.CheckCreation(Exchange("x", Type)));
        Refused(Text, () => ExchangeRules.CheckCreation(Exchange("x", Type, Field("x-delayed-type", 1))));
        Refused(Text, () => ExchangeRules.CheckCreation(Delayed("x", Type)));
        Refused("PRECONDITION_FAILED - unknown exchange type 'none'", () => ExchangeRules.CheckCreation(Delayed("x", "none")));
        Refused(
            "PRECONDITION_FAILED - The binding key must be greater than 0",
            () => ExchangeRules.CheckBinding(Delayed("x", "x-consistent-hash"), Binding("x", Queue("q"), "0")));
        Assert.Throws<BrokerException>(() => ExchangeEquivalence.Check(Delayed("x", "direct"), Delayed("x", "fanout")));
    }

    private static ExchangeDefinition Delayed(string name, string type, params KeyValuePair<string, object?>[] arguments) =>
        Exchange(name, Type, [Field("x-delayed-type", type), .. arguments]) with { Incarnation = 7 };

    private static RoutingTable Table(ExchangeDefinition exchange, params BindingDefinition[] bindings) =>
        RoutingTable.Create(exchange, 1, bindings);

    private static string DelayQueueOf(string exchange) => DelayQueue.NameFor(Delayed(exchange, "direct"));

    private static void Refused(string text, Action check) => Assert.Equal(text, Assert.Throws<BrokerException>(check).Message);

    private static class Amqp
    {
        public static OrleansBroker.Amqp.Tables.FieldTable? Content(BrokerMessage message) =>
            OrleansBroker.Amqp.Content.BasicPropertiesReader.Headers(message.Properties.Span);
    }
}
