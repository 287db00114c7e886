using OrleansBroker.Amqp.Content;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class CarbonCopies
{
    private static readonly object?[] TwoKeys = ["b", "c"];
    private static readonly object?[] OneKey = ["d"];
    private static readonly object?[] Mixed = [1, "b", null];

    [Fact]
    public void Keys_in_CC_and_BCC_add_to_the_messages_own()
    {
        var tables = new TableSet(Table("direct", [.. "abcd".Select(c => Binding("x", Queue($"q-{c}"), $"{c}"))]));
        Assert.Equal(["q-a", "q-b", "q-c", "q-d"], tables.Route(Message("x", "a", Field("CC", TwoKeys), Field("BCC", OneKey))));
        Assert.False(tables.Result.Cacheable);
    }

    [Fact]
    public void They_count_at_the_default_exchange_as_well()
    {
        var tables = new TableSet();
        Assert.Equal(["a", "b", "c"], tables.Route(Message("", "a", Field("CC", TwoKeys))));
        Assert.False(tables.Result.Cacheable);
    }

    [Fact]
    public void They_count_behind_a_binding_to_an_exchange_and_keep_an_alternate_out()
    {
        var tables = new TableSet(Table("fanout", Binding("x", ToExchange("y"))))
            .Add(Exchange("y", "topic", Field("alternate-exchange", "ae")), Binding("y", Queue("q"), "c"))
            .Add(Exchange("ae", "fanout"), Binding("ae", Queue("rest")));
        Assert.Equal(["q"], tables.Route(Message("x", "a", Field("CC", TwoKeys))));
    }

    [Fact]
    public void Elements_that_are_no_strings_are_passed_over() =>
        Assert.Equal(["a", "b"], new TableSet().Route(Message("", "a", Field("CC", Mixed))));

    [Theory]
    [InlineData("CC")]
    [InlineData("BCC")]
    public void A_header_of_that_name_that_is_no_array_is_malformed(string header)
    {
        var tables = new TableSet(Table("fanout", Binding("x", Queue("q"))));
        foreach (var exchange in new[] { "x", "" })
        {
            Assert.Empty(tables.Route(Message(exchange, "a", Field(header, "b"))));
            Assert.Equal(PublishOutcome.Malformed, tables.Result.Outcome);
        }
    }

    [Fact]
    public void BCC_is_not_delivered_and_everything_else_is_as_it_was()
    {
        var tables = new TableSet();
        var message = Message("", "a", Field("n", 1), Field("BCC", OneKey), Field("CC", TwoKeys));
        Assert.Equal(["a", "b", "c", "d"], tables.Route(message));
        var headers = BasicPropertiesReader.Headers(tables.Result.Message.Properties.Span);
        Assert.Equal(["n", "CC"], headers!.Select(header => header.Key));
        Assert.Equal(message.Body, tables.Result.Message.Body);
        Assert.Equal(4, BasicPropertiesReader.Headers(message.Properties.Span)!.Count + 1);
    }

    [Fact]
    public void A_message_without_BCC_is_enqueued_as_the_instance_that_it_is()
    {
        var tables = new TableSet();
        foreach (var message in new[] { Message("", "a"), Message("", "a", Field("n", 1)), Message("", "a", Field("CC", TwoKeys)) })
        {
            tables.Route(message);
            Assert.Same(message, tables.Result.Message);
        }
    }

    [Fact]
    public void An_empty_BCC_is_stripped_too()
    {
        var tables = new TableSet();
        tables.Route(Message("", "a", Field("BCC", Array.Empty<object?>())));
        Assert.False(BasicPropertiesReader.Headers(tables.Result.Message.Properties.Span)!.ContainsKey("BCC"));
    }

    [Fact]
    public void Only_messages_whose_headers_may_name_keys_are_kept_from_a_cached_route()
    {
        Assert.False(MessageRouter.MayNameFurtherKeys(Message("x", "CC")));
        Assert.False(MessageRouter.MayNameFurtherKeys(Message("x", "a", Field("traceparent", "a CC"), Field("ACC", 1))));
        Assert.True(MessageRouter.MayNameFurtherKeys(Message("x", "a", Field("CC", TwoKeys))));
        Assert.True(MessageRouter.MayNameFurtherKeys(Message("x", "a", Field("BCC", OneKey))));
        Assert.False(MessageRouter.MayNameFurtherKeys(new BrokerMessage("x", "a", default, default)));
    }
}
