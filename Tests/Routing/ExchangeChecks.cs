using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class ExchangeChecks
{
    [Fact]
    public void An_ordinary_exchange_may_be_created()
    {
        foreach (var type in new[] { "direct", "fanout", "topic", "headers" })
        {
            ExchangeRules.CheckCreation(Exchange("x", type, Field("alternate-exchange", "y"), Field("unknown", 1)));
        }

        ExchangeRules.CheckCreation(Exchange("amqp.x", "direct"));
        ExchangeRules.CheckDeletion(new ExchangeId("/", "x"));
    }

    [Fact]
    public void An_unknown_type_is_refused() =>
        Refused("PRECONDITION_FAILED - unknown exchange type 'x-none'", () => ExchangeRules.CheckDeclaration(Exchange("x", "x-none")));

    [Fact]
    public void The_default_exchange_is_neither_declared_nor_deleted_nor_bound()
    {
        const string Text = "ACCESS_REFUSED - operation not permitted on the default exchange";
        Refused(Text, () => ExchangeRules.CheckDeclaration(Exchange("", "direct")));
        Refused(Text, () => ExchangeRules.CheckDeletion(new ExchangeId("/", "")));
        Refused(Text, () => ExchangeRules.CheckBindingEnds(Binding("", Queue("q"))));
        Refused(Text, () => ExchangeRules.CheckBindingEnds(Binding("x", ToExchange(""))));
        Refused(Text, () => ExchangeRules.CheckBinding(Exchange("x", "direct"), Binding("x", ToExchange(""))));
    }

    [Fact]
    public void Reserved_names_are_refused_on_creation_and_deletion_only()
    {
        Refused(
            "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'",
            () => ExchangeRules.CheckCreation(Exchange("amq.mine", "direct")));
        Refused(
            "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '/' not allowed",
            () => ExchangeRules.CheckDeletion(new ExchangeId("/", "amq.direct")));
        ExchangeRules.CheckDeclaration(Exchange("amq.direct", "direct"));
    }

    [Fact]
    public void An_alternate_exchange_is_named_by_a_string() =>
        Refused(
            "PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange 'x' in vhost '/'",
            () => ExchangeRules.CheckCreation(Exchange("x", "direct", Field("alternate-exchange", 1))));

    [Fact]
    public void Names_and_keys_fit_into_short_strings()
    {
        var longText = new string('é', 128);
        Assert.Throws<BrokerException>(() => ExchangeRules.CheckDeclaration(Exchange(longText, "direct")));
        Assert.Throws<BrokerException>(() => ExchangeRules.CheckBinding(Exchange("x", "direct"), Binding("x", Queue("q"), longText)));
        ExchangeRules.CheckBinding(Exchange("x", "direct"), Binding("x", Queue("q"), longText[..127]));
    }

    [Theory]
    [InlineData("#.#", true)]
    [InlineData("#.a.#", true)]
    [InlineData("a#b", true)]
    [InlineData("##.##.##", true)]
    [InlineData("#.#.#", false)]
    [InlineData("a.#.b.#.c.#", false)]
    [InlineData("#.*.#.*.#", false)]
    public void A_topic_pattern_may_have_two_hashes(string pattern, bool allowed)
    {
        var binding = Binding("x", Queue("q"), pattern);
        ExchangeRules.CheckBinding(Exchange("x", "direct"), binding);
        if (allowed)
        {
            ExchangeRules.CheckBinding(Exchange("x", "topic"), binding);
        }
        else
        {
            var refusal = Assert.Throws<BrokerException>(() => ExchangeRules.CheckBinding(Exchange("x", "topic"), binding));
            Assert.Equal(ReplyCode.PreconditionFailed, refusal.Code);
        }
    }

    [Fact]
    public void A_headers_binding_needs_a_known_mode()
    {
        var exchange = Exchange("x", "headers");
        foreach (var mode in new[] { "all", "any", "all-with-x", "any-with-x" })
        {
            ExchangeRules.CheckBinding(exchange, Binding("x", Queue("q"), "", Field("x-match", mode)));
        }

        ExchangeRules.CheckBinding(exchange, Binding("x", Queue("q")));
        Refused(
            "PRECONDITION_FAILED - Invalid x-match field value 'some'; expected all, any, all-with-x, or any-with-x",
            () => ExchangeRules.CheckBinding(exchange, Binding("x", Queue("q"), "", Field("x-match", "some"))));
        Refused(
            "PRECONDITION_FAILED - Invalid x-match field type bool (value true); expected longstr",
            () => ExchangeRules.CheckBinding(exchange, Binding("x", Queue("q"), "", Field("x-match", true))));
    }

    [Fact]
    public void A_virtual_host_has_its_exchanges_from_the_start()
    {
        var exchanges = PredeclaredExchanges.Of("v");
        Assert.Equal(
            ["amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.rabbitmq.trace", "amq.topic"],
            exchanges.Select(exchange => exchange.Id.Name).Order(StringComparer.Ordinal));
        Assert.All(exchanges, exchange => Assert.True(exchange.Durable && exchange.Id.VirtualHost == "v"));
        Assert.Equal(["amq.rabbitmq.trace"], exchanges.Where(exchange => exchange.Internal).Select(exchange => exchange.Id.Name));
        Assert.All(exchanges, exchange => ExchangeRules.CheckDeclaration(exchange));
    }

    private static void Refused(string text, Action check) => Assert.Equal(text, Assert.Throws<BrokerException>(check).Message);
}
