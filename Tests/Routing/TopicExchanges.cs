using System.Diagnostics;
using CsCheck;
using OrleansBroker.Grains.Routing.Matching.Topics;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class TopicExchanges
{
    private static readonly Gen<string> Word = Gen.OneOf("a", "b", "c", "", "aa", "é");
    private static readonly Gen<string> Key = Word.Array[1, 6].Select(words => string.Join('.', words));
    private static readonly Gen<string> Pattern =
        Gen.Frequency<string>((4, Word), (2, Gen.Const("*")), (2, Gen.Const("#"))).Array[1, 6].Select(words => string.Join('.', words));

    [Theory]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "a.b.c", false)]
    [InlineData("a.b.c", "a.b", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a.b", false)]
    [InlineData("*", "", false)]
    [InlineData("#", "", true)]
    [InlineData("#", "a.b.c", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a.*", "a.", true)]
    [InlineData("a.*", "a", false)]
    [InlineData("a.#", "a", true)]
    [InlineData("a.#", "a.", true)]
    [InlineData("a.#", "ab", false)]
    [InlineData("#.a", "a", true)]
    [InlineData("#.a", "b.c.a", true)]
    [InlineData("#.a", "a.b", false)]
    [InlineData("a..b", "a..b", true)]
    [InlineData("a.*.b", "a..b", true)]
    [InlineData("a.b", "a..b", false)]
    [InlineData(".a", ".a", true)]
    [InlineData("*.a", ".a", true)]
    [InlineData("..", "..", true)]
    [InlineData("*.*.*", "..", true)]
    [InlineData("#.*", "a.b", true)]
    [InlineData("#.*", "", false)]
    [InlineData("*.#.*", "a", false)]
    [InlineData("*.#.*", "a.b", true)]
    [InlineData("#.a.#", "b.a.c", true)]
    [InlineData("#.a.#", "b.c", false)]
    [InlineData("#.#", "", true)]
    [InlineData("a#", "ab", false)]
    [InlineData("a*", "a*", true)]
    [InlineData("A", "a", false)]
    public void A_pattern_matches_words(string pattern, string key, bool matches) =>
        Assert.Equal(matches ? ["q"] : [], Route(Table("topic", Binding("x", Queue("q"), pattern)), key));

    [Fact]
    public void Many_patterns_at_once_match_as_each_does_alone() =>
        Gen.Select(Pattern.Array[0, 40], Key.Array[1, 20]).Sample((patterns, keys) =>
        {
            var table = Table("topic", [.. patterns.Select((pattern, i) => Binding("x", Queue($"{i:D3}"), pattern))]);
            foreach (var key in keys)
            {
                var expected = patterns.Index().Where(p => PatternMatches(p.Item, key)).Select(p => $"{p.Index:D3}");
                Assert.Equal(expected, Route(table, key));
            }
        });

    [Fact]
    public void Patterns_that_are_bound_and_unbound_in_any_order_match_as_those_that_are_left() =>
        Gen.Select(Pattern.Array[1, 30], Gen.Int[0, 29].Array[0, 60], Key.Array[1, 10]).Sample((patterns, toggles, keys) =>
        {
            var table = Table("topic");
            foreach (var i in toggles.Where(i => i < patterns.Length))
            {
                var binding = Binding("x", Queue($"{i:D3}"), patterns[i]);
                table = table.HasBinding(binding) ? table.WithoutBinding(binding, table.Version + 1) : table.WithBinding(binding, table.Version + 1);
            }

            var left = table.Bindings.ToArray();
            foreach (var key in keys)
            {
                var expected = left.Where(b => PatternMatches(b.RoutingKey, key)).Select(b => b.Destination.Name).Order(StringComparer.Ordinal);
                Assert.Equal(expected, Route(table, key));
            }
        });

    [Fact]
    public void Words_beyond_the_longest_run_still_count()
    {
        var words = Enumerable.Range(0, 100).Select(i => $"w{i}").ToArray();
        var key = string.Join('.', words);
        var table = Table(
            "topic",
            Binding("x", Queue("all"), key),
            Binding("x", Queue("last"), "#." + string.Join('.', words[60..])),
            Binding("x", Queue("short"), string.Join('.', words[..99])));
        Assert.Equal(["all", "last"], Route(table, key));
        Assert.Equal(["short"], Route(table, string.Join('.', words[..99])));
        Assert.Empty(Route(table, string.Join('.', words[..64])));
    }

    [Fact]
    public void Patterns_full_of_wildcards_cannot_make_a_route_slow()
    {
        // Tables may hold patterns with more "#" than a bind allows: a naive search takes 128^20 steps for these.
        var patterns = Enumerable.Range(1, 20).Select(n => string.Concat(Enumerable.Repeat("#.a.", n)) + "b");
        var table = Table("topic", [.. patterns.Select((pattern, i) => Binding("x", Queue($"{i}"), pattern))]);
        var key = string.Join('.', Enumerable.Repeat("a", 128));
        var started = Stopwatch.GetTimestamp();
        Assert.Empty(Route(table, key));
        Assert.Equal(20, Route(table, key + ".b").Length);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Each_route_enters_every_wildcard_anew()
    {
        var tables = new TableSet(Table("topic", Binding("x", Queue("q"), "#.a.#.b")));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["q"], tables.Route(Message("x", "a.c.b")));
        }
    }

    [Fact]
    public void Hundreds_of_queues_that_match_twice_get_one_copy_each()
    {
        var names = Enumerable.Range(0, 300).Select(i => $"q{i}").ToArray();
        var table = Table("topic", [.. names.SelectMany(name => new[] { Binding("x", Queue(name), "#"), Binding("x", Queue(name), "a.*") })]);
        Assert.Equal(names.Order(StringComparer.Ordinal), Route(table, "a.b"));
    }

    [Fact]
    public void A_length_that_no_run_has_any_more_is_not_looked_up()
    {
        var node = TopicNode.Empty.With("a", Queue("q")).With("a.b", Queue("q")).With("c.d", Queue("q"));
        Assert.Equal(0b11u, node.RunLengths);
        node = node.Without("a.b", Queue("q"));
        Assert.Equal(0b11u, node.RunLengths);
        Assert.Equal(0b01u, node.Without("c.d", Queue("q")).RunLengths);
    }

    [Fact]
    public void A_route_goes_on_with_the_table_it_began_with_while_others_change_it()
    {
        var table = Table("topic", Binding("x", Queue("kept"), "a.*"));
        var changed = table;
        for (var i = 0; i < 1_000; i++)
        {
            changed = changed.WithBinding(Binding("x", Queue($"q{i}"), i % 2 == 0 ? "a.b" : $"a.{i}"), i + 2);
        }

        Assert.Equal(["kept"], Route(table, "a.b"));
        Assert.Equal(501, Route(changed, "a.b").Length);
    }

    /// <summary>The rules as they are told, without regard to time.</summary>
    private static bool PatternMatches(string pattern, string key) =>
        Matches(pattern.Length == 0 ? [] : pattern.Split('.'), key.Length == 0 ? [] : key.Split('.'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> words)
    {
        if (pattern.IsEmpty)
        {
            return words.IsEmpty;
        }

        return pattern[0] == "#"
            ? Matches(pattern[1..], words) || (!words.IsEmpty && Matches(pattern, words[1..]))
            : !words.IsEmpty && (pattern[0] == "*" || pattern[0] == words[0]) && Matches(pattern[1..], words[1..]);
    }
}
