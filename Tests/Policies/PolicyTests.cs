using System.Text.Json;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Policies;
using OrleansBroker.Grains.Queues.Core;

namespace OrleansBroker.Tests.Policies;

public sealed class PolicyTests
{
    [Fact]
    public void Of_several_that_match_the_highest_priority_holds_and_of_equal_ones_the_first_by_name()
    {
        var set = Set(Policy("b", "^q", """{"max-length":2}""", 5), Policy("a", "^q", """{"max-length":1}""", 5), Policy("c", "", """{"max-length":3}"""));

        Assert.Equal("a", set.Of(Queue("q1")).Policy);
        Assert.Equal("c", set.Of(Queue("x")).Policy);
        Assert.Same(EffectivePolicy.None, PolicySet.None.Of(Queue("q")));
    }

    [Theory]
    [InlineData("all", true, true, true)]
    [InlineData("queues", true, true, false)]
    [InlineData("classic_queues", true, false, false)]
    [InlineData("quorum_queues", false, true, false)]
    [InlineData("streams", false, false, false)]
    [InlineData("exchanges", false, false, true)]
    public void A_policy_applies_to_what_it_is_for(string applyTo, bool classic, bool quorum, bool exchange)
    {
        var set = Set(Policy("p", "", """{"max-length":1}""") with { ApplyTo = applyTo });

        Assert.Equal(classic, set.Of(Queue("q")).Policy is not null);
        Assert.Equal(classic, set.Of(Queue("q", ("x-queue-type", "classic"))).Policy is not null);
        Assert.Equal(quorum, set.Of(Queue("q", ("x-queue-type", "quorum"))).Policy is not null);
        Assert.Equal(exchange, set.Of(new ExchangeDefinition { Id = new ExchangeId("/", "x"), Type = "fanout" }).Policy is not null);
    }

    [Theory]
    [InlineData("max-length", "10", "5", "5")]
    [InlineData("max-length", "3", "5", "3")]
    [InlineData("expires", "3", "5", "3")]
    [InlineData("delivery-limit", "-1", "5", "5")]
    [InlineData("delivery-limit", "7", "-1", "7")]
    [InlineData("delivery-limit", "7", "5", "5")]
    [InlineData("overflow", "\"drop-head\"", "\"reject-publish\"", "\"reject-publish\"")]
    [InlineData("queue-version", "1", "2", "2")]
    public void An_operators_policy_is_merged_with_the_users(string key, string users, string operators, string effective)
    {
        var set = Set(
            Policy("p", "", $$"""{"{{key}}":{{users}},"dead-letter-exchange":"x"}"""),
            Policy("o", "", $$"""{"{{key}}":{{operators}},"message-ttl":1}""") with { Kind = PolicyKind.OperatorPolicy });

        var holds = set.Of(Queue("q"));

        Assert.Equal(("p", "o"), (holds.Policy, holds.OperatorPolicy));
        Assert.Equal(effective, holds.Definition[key].GetRawText());
        Assert.Equal(3, holds.Definition.Count);
    }

    [Fact]
    public void A_policy_and_a_queues_arguments_come_together_to_the_stricter_number_and_the_arguments_text()
    {
        var settings = Settings(
            """{"message-ttl":100,"max-length":5,"max-length-bytes":50,"expires":9000,"dead-letter-exchange":"policy","dead-letter-routing-key":"k","overflow":"reject-publish","consumer-timeout":7,"delivery-limit":3}""",
            ("x-message-ttl", 50), ("x-max-length", 10L), ("x-dead-letter-exchange", "argument"), ("x-overflow", "drop-head"), ("x-delivery-limit", 2));

        Assert.Equal((50L, 5L, 50L, 9000L), (settings.MessageTtl, settings.MaxLength, settings.MaxLengthBytes, settings.Expires));
        Assert.Equal(("argument", "k"), (settings.DeadLetterExchange, settings.DeadLetterRoutingKey));
        Assert.Equal((OverflowMode.DropHead, 2, 7L), (settings.Overflow, settings.DeliveryLimit, settings.ConsumerTimeout));
    }

    [Fact]
    public void A_quorum_queue_goes_by_the_policys_overflow_and_by_its_own_limit_where_none_is_named()
    {
        var settings = Settings("""{"overflow":"reject-publish"}""", ("x-queue-type", "quorum"), ("x-overflow", "drop-head"));
        Assert.Equal((OverflowMode.RejectPublish, 20), (settings.Overflow, settings.DeliveryLimit));

        Assert.Equal(5, Settings("""{"delivery-limit":5}""", ("x-queue-type", "quorum")).DeliveryLimit);
        Assert.Null(Settings("""{"delivery-limit":-1}""", ("x-queue-type", "quorum")).DeliveryLimit);
    }

    [Fact]
    public void A_time_that_is_longer_than_any_is_for_ever()
    {
        var settings = Settings("""{"expires":9223372036854775807,"message-ttl":9223372036854775807}""");
        Assert.Equal((uint.MaxValue, uint.MaxValue), (settings.Expires, settings.MessageTtl));
    }

    [Theory]
    [InlineData("{}", "all", "x", "no policy provided")]
    [InlineData("[]", "all", "x", "definition must be a dictionary: []")]
    [InlineData("""{"nope":1}""", "all", "x", "[{<<\"nope\">>,1}] are not recognised policy settings")]
    [InlineData("""{"max-length":-1}""", "all", "x", "-1 is not a valid maximum length")]
    [InlineData("""{"max-length":"a"}""", "all", "x", "<<\"a\">> is not a valid maximum length")]
    [InlineData("""{"expires":0}""", "all", "x", "0 is not a valid queue expiry")]
    [InlineData("""{"overflow":"x"}""", "all", "x", "<<\"x\">> is not a valid overflow value")]
    [InlineData("""{"alternate-exchange":5}""", "all", "x", "5 is not a valid alternate exchange name")]
    [InlineData("""{"max-length":1}""", "zz", "x", "apply-to 'zz' unrecognised; should be one of: 'queues', 'classic_queues', 'quorum_queues', 'streams', 'exchanges', or 'all'")]
    [InlineData("""{"max-length":1}""", "all", "(", "pattern should be regular expression but is invalid:")]
    public void What_cannot_be_is_refused_in_RabbitMQs_words(string definition, string applyTo, string pattern, string problem)
    {
        var refusal = Assert.Throws<BrokerException>(() => PolicyRules.Check(Policy("p", pattern, definition) with { ApplyTo = applyTo }));
        Assert.StartsWith($"PRECONDITION_FAILED - Validation failed\n\n{problem}", refusal.Message);
    }

    [Fact]
    public void An_operators_policy_has_only_limits()
    {
        var policy = Policy("o", "", """{"dead-letter-exchange":"x"}""") with { Kind = PolicyKind.OperatorPolicy };
        Assert.Contains("[{<<\"dead-letter-exchange\">>,<<\"x\">>}] are not recognised policy settings", Assert.Throws<BrokerException>(() => PolicyRules.Check(policy)).Message);
    }

    private static PolicySet Set(params Policy[] policies) => new(policies.Select(policy => new MatchedPolicy(policy)));

    private static Policy Policy(string name, string pattern, string definition, int priority = 0) =>
        new() { VirtualHost = "/", Name = name, Pattern = pattern, Priority = priority, Definition = JsonElement.Parse(definition) };

    private static QueueSettings Settings(string definition, params (string, object)[] arguments)
    {
        var queue = Queue("q", arguments);
        return QueueSettings.From(queue, PolicyMerging.Typed(Set(Policy("p", "", definition)).Of(queue).Definition));
    }

    private static QueueDefinition Queue(string name, params (string Name, object Value)[] arguments) => new()
    {
        Id = new QueueId("/", name),
        Durable = true,
        Arguments = arguments.Aggregate(FieldTable.Empty, (table, argument) => table.With(argument.Name, argument.Value)),
    };
}
