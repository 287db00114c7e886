using CsCheck;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Publishing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class HeadersExchanges
{
    private static readonly Gen<KeyValuePair<string, object?>> AnyField = Gen.Select(
        Gen.OneOf("a", "b", "c", "x-d"),
        Gen.OneOf<object?>(null, 1, 1L, (byte)2, "1", "2", true, 1.0),
        (name, value) => Field(name, value));

    [Fact]
    public void All_is_what_counts_where_nothing_is_said()
    {
        var table = Table("headers", Binding("x", Queue("q"), "", Field("a", 1), Field("b", "2")));
        Assert.Equal(["q"], Route(table, "", Field("b", "2"), Field("a", 1), Field("c", 3)));
        Assert.Empty(Route(table, "", Field("a", 1)));
        Assert.Empty(Route(table, "", Field("a", 1), Field("b", "3")));
        Assert.Empty(Route(table));
    }

    [Fact]
    public void Any_needs_one()
    {
        var table = Table("headers", Binding("x", Queue("q"), "", Field("x-match", "any"), Field("a", 1), Field("b", 2)));
        Assert.Equal(["q"], Route(table, "", Field("a", 9), Field("b", 2)));
        Assert.Empty(Route(table, "", Field("a", 9), Field("b", 9)));
    }

    [Theory]
    [InlineData("all", true)]
    [InlineData("any", false)]
    [InlineData("all-with-x", true)]
    [InlineData("any-with-x", false)]
    public void All_of_nothing_matches_and_any_of_nothing_does_not(string mode, bool matches)
    {
        var table = Table("headers", Binding("x", Queue("q"), "", Field("x-match", mode)));
        Assert.Equal(matches ? ["q"] : [], Route(table, "", Field("a", 1)));
        Assert.Equal(matches ? ["q"] : [], Route(table));
    }

    [Theory]
    [InlineData("all", true)]
    [InlineData("all-with-x", false)]
    public void Arguments_that_begin_with_x_count_only_where_the_mode_says_so(string mode, bool matches)
    {
        var table = Table("headers", Binding("x", Queue("q"), "", Field("x-match", mode), Field("a", 1), Field("x-b", 2)));
        Assert.Equal(matches ? ["q"] : [], Route(table, "", Field("a", 1)));
        Assert.Equal(["q"], Route(table, "", Field("a", 1), Field("x-b", 2)));
    }

    [Fact]
    public void A_void_argument_asks_for_presence()
    {
        var table = Table("headers", Binding("x", Queue("q"), "", Field("a", null)));
        Assert.Equal(["q"], Route(table, "", Field("a", "anything")));
        Assert.Equal(["q"], Route(table, "", Field("a", null)));
        Assert.Empty(Route(table, "", Field("b", null)));
    }

    [Fact]
    public void Integers_are_compared_by_value_and_not_by_width()
    {
        var table = Table("headers", Binding("x", Queue("q"), "", Field("a", 200)));
        Assert.Equal(["q"], Route(table, "", Field("a", 200L)));
        Assert.Equal(["q"], Route(table, "", Field("a", (byte)200)));
        Assert.Equal(["q"], Route(table, "", Field("a", (short)200)));
        Assert.Empty(Route(table, "", Field("a", "200")));
        Assert.Empty(Route(table, "", Field("a", 201)));
    }

    [Fact]
    public void The_key_does_not_matter() =>
        Assert.Equal(["q"], Route(Table("headers", Binding("x", Queue("q"), "k", Field("a", 1))), "other", Field("a", 1)));

    [Fact]
    public void Each_message_is_matched_by_its_own_headers()
    {
        var tables = new TableSet(Table("headers", Binding("x", Queue("q"), "", Field("a", 1))));
        Assert.Equal(["q"], tables.Route(Message("x", "", Field("a", 1))));
        Assert.Empty(tables.Route(Message("x", "", Field("a", 2))));
        Assert.Empty(tables.Route(Message("x")));
    }

    [Fact]
    public void Malformed_headers_are_told_and_not_routed()
    {
        var tables = new TableSet(Table("headers", Binding("x", Queue("q"), "", Field("a", 1))));
        var properties = BasicPropertiesWriter.ToArray(new BasicProperties { Headers = new FieldTable([Field("a", 1)]) });
        properties[5] = 200;
        Assert.Empty(tables.Route(new BrokerMessage("x", "", properties, default)));
        Assert.Equal(PublishOutcome.Malformed, tables.Result.Outcome);
    }

    [Fact]
    public void Thousands_of_headers_are_looked_up_and_not_searched()
    {
        var table = Table("headers", Binding("x", Queue("q"), "", [.. Enumerable.Range(0, 1_000).Select(i => Field($"h{i}", i))]));
        Assert.Equal(["q"], Route(table, "", [.. Enumerable.Range(0, 2_000).Select(i => Field($"h{i}", i))]));
    }

    [Fact]
    public void Bindings_that_are_bound_and_unbound_match_as_each_that_is_left_does_alone() =>
        Gen.Select(
            Gen.Select(Gen.OneOf("all", "any", "all-with-x", "any-with-x"), AnyField.Array[0, 4]).Array[1, 15],
            Gen.Int[0, 14].Array[0, 30],
            AnyField.Array[0, 5]).Sample((patterns, toggles, headers) =>
        {
            var table = Table("headers");
            foreach (var i in toggles.Where(i => i < patterns.Length))
            {
                var (mode, arguments) = patterns[i];
                var binding = Binding("x", Queue($"{i:D2}"), "", [Field("x-match", mode), .. arguments]);
                table = table.HasBinding(binding) ? table.WithoutBinding(binding, table.Version + 1) : table.WithBinding(binding, table.Version + 1);
            }

            var expected = table.Bindings.Where(b => Matches(b.Arguments, new FieldTable(headers))).Select(b => b.Destination.Name);
            Assert.Equal(expected.Order(StringComparer.Ordinal), Route(table, "", headers));
        });

    private static bool Matches(FieldTable arguments, FieldTable headers)
    {
        var mode = (string)arguments["x-match"]!;
        var wanted = arguments.Select(field => field.Key).Distinct()
            .Where(name => name != "x-match" && (mode.EndsWith("-with-x", StringComparison.Ordinal) || !name.StartsWith("x-", StringComparison.Ordinal)));
        var found = wanted.Select(name => headers.TryGetValue(name, out var header) && (arguments[name] is null || Same(arguments[name], header)));
        return mode.StartsWith("any", StringComparison.Ordinal) ? found.Any(f => f) : found.All(f => f);
    }

    private static bool Same(object? one, object? other) =>
        IsInteger(one) && IsInteger(other) ? Convert.ToInt64(one, null) == Convert.ToInt64(other, null) : Equals(one, other);

    private static bool IsInteger(object? value) => value is byte or int or long;
}
