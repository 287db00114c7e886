using CsCheck;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Routing.RoutingExamples;

namespace OrleansBroker.Tests.Routing;

public class RoutingTableUpdates
{
    private static readonly Gen<BindingDefinition> AnyBinding = Gen.Select(
        Gen.OneOf("q1", "q2", "q3", "q4"),
        Gen.OneOf("", "a", "a.b", "*.b", "#", "a.#"),
        Gen.OneOf(0, 1, 2),
        (queue, key, argument) => Binding("x", Queue(queue), key, argument == 0 ? [] : [Field("n", argument)]));

    [Theory]
    [InlineData("direct")]
    [InlineData("fanout")]
    [InlineData("topic")]
    [InlineData("headers")]
    public void A_table_that_was_changed_step_by_step_equals_one_made_from_scratch(string type) =>
        Gen.Select(Gen.Select(Gen.Bool, AnyBinding).Array[0, 80], Gen.OneOf("", "a", "a.b", "c.b", "x")).Sample((steps, key) =>
        {
            var table = Table(type);
            var expected = new HashSet<BindingDefinition>(BindingIdentity.Comparer);
            var version = 1L;
            foreach (var (bind, binding) in steps)
            {
                version++;
                table = bind ? table.WithBinding(binding, version) : table.WithoutBinding(binding, version);
                _ = bind ? expected.Add(binding) : expected.Remove(binding);
                Assert.Equal(bind, table.HasBinding(binding));
            }

            var scratch = RoutingTable.Create(table.Exchange, version, expected);
            Assert.Equal(version, scratch.Version);
            Assert.Equal(scratch.BindingCount, table.BindingCount);
            Assert.Equal(expected.Count, table.BindingCount);
            Assert.True(expected.SetEquals(table.Bindings));
            Assert.Equal(Route(scratch, key, Field("n", 1)), Route(table, key, Field("n", 1)));
            Assert.Equal(Route(scratch, key), Route(table, key));
        }, iter: 500);

    [Fact]
    public void The_same_binding_twice_counts_once()
    {
        var table = Table("direct", Binding("x", Queue("q"), "k"), Binding("x", Queue("q"), "k"));
        Assert.Equal(1, table.BindingCount);
        table = table.WithBinding(Binding("x", Queue("q"), "k"), 2);
        Assert.Equal((1, 2L), (table.BindingCount, table.Version));
        Assert.Empty(Route(table.WithoutBinding(Binding("x", Queue("q"), "k"), 3), "k"));
    }

    [Fact]
    public void Unbinding_what_is_not_bound_changes_the_version_only()
    {
        var table = Table("direct", Binding("x", Queue("q"), "k")).WithoutBinding(Binding("x", Queue("q"), "other"), 7);
        Assert.Equal((1, 7L), (table.BindingCount, table.Version));
        Assert.Equal(["q"], Route(table, "k"));
    }

    [Fact]
    public void Arguments_belong_to_a_bindings_identity()
    {
        var one = Binding("x", Queue("q"), "k", Field("a", 1), Field("b", "2"));
        Assert.Equal(one, Binding("x", Queue("q"), "k", Field("b", "2"), Field("a", 1L)), BindingIdentity.Comparer);
        Assert.NotEqual(one, Binding("x", Queue("q"), "k", Field("a", 1)), BindingIdentity.Comparer);
        Assert.NotEqual(one, Binding("x", Queue("q"), "k", Field("a", 1), Field("b", 2)), BindingIdentity.Comparer);
        Assert.NotEqual(one, Binding("x", Queue("q"), "other", Field("a", 1), Field("b", "2")), BindingIdentity.Comparer);
        Assert.NotEqual(one, Binding("x", ToExchange("q"), "k", Field("a", 1), Field("b", "2")), BindingIdentity.Comparer);
        Assert.NotEqual(one, Binding("y", Queue("q"), "k", Field("a", 1), Field("b", "2")), BindingIdentity.Comparer);
    }

    [Theory]
    [InlineData("direct")]
    [InlineData("topic")]
    [InlineData("fanout")]
    [InlineData("headers")]
    public void One_bind_more_costs_a_large_table_little(string type)
    {
        BindingDefinition Numbered(int i) => Binding("x", Queue($"q{i}"), $"a{i % 500}.b{i}.*.c", Field("n", i));
        var table = RoutingTable.Create(Exchange("x", type), 1, Enumerable.Range(0, 20_000).Select(Numbered));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 20_000; i < 20_100; i++)
        {
            table = table.WithBinding(Numbered(i), i);
        }

        // What is copied is what costs time: some kilobytes, where a rebuilt table takes megabytes.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 1, 64 * 1024);
        Assert.Equal(20_100, table.BindingCount);
    }
}
