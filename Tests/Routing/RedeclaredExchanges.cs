using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class RedeclaredExchanges
{
    private static readonly ExchangeDefinition Existing = Exchange("x", "direct", Field("alternate-exchange", "y"), Field("z", 1)) with { Durable = true };

    [Fact]
    public void The_same_again_is_alike_and_arguments_that_mean_nothing_do_not_count()
    {
        ExchangeEquivalence.Check(Existing, Existing);
        ExchangeEquivalence.Check(Existing, Exchange("x", "direct", Field("alternate-exchange", "y")) with { Durable = true });
    }

    [Fact]
    public void What_differs_is_named_with_what_was_received_and_what_is_current()
    {
        Unlike("'type' for exchange 'x' in vhost '/': received 'topic' but current is 'direct'", Existing with { Type = "topic" });
        Unlike("'durable' for exchange 'x' in vhost '/': received 'false' but current is 'true'", Existing with { Durable = false });
        Unlike("'auto_delete' for exchange 'x' in vhost '/': received 'true' but current is 'false'", Existing with { AutoDelete = true });
        Unlike("'internal' for exchange 'x' in vhost '/': received 'true' but current is 'false'", Existing with { Internal = true });
    }

    [Fact]
    public void An_alternate_exchange_that_differs_is_named()
    {
        Unlike(
            "'alternate-exchange' for exchange 'x' in vhost '/': received 'other' but current is 'y'",
            Exchange("x", "direct", Field("alternate-exchange", "other")) with { Durable = true });
        Unlike(
            "'alternate-exchange' for exchange 'x' in vhost '/': received none but current is the value 'y' of type 'longstr'",
            Exchange("x", "direct") with { Durable = true });
    }

    private static void Unlike(string text, ExchangeDefinition declared) => Assert.Equal(
        $"PRECONDITION_FAILED - inequivalent arg {text}",
        Assert.Throws<BrokerException>(() => ExchangeEquivalence.Check(Existing, declared)).Message);
}
