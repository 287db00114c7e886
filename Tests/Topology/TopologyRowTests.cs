using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Tests.Topology;

public sealed class TopologyRowTests
{
    private static readonly FieldTable Arguments = new([new("x-message-ttl", 60_000), new("x", new FieldTable([new("y", "z")])), new("void", null)]);

    [Fact]
    public void A_queue_comes_back_from_its_row()
    {
        var queue = new QueueDefinition
        {
            Id = new("/vhost", "näme"),
            Durable = true,
            AutoDelete = true,
            ExclusiveOwner = new(Guid.NewGuid(), "127.0.0.1:11111@1"),
            Arguments = Arguments,
            Incarnation = long.MaxValue,
        };
        var read = TopologyRows.Queue(new(TopologyKeys.Queue(queue.Id), TopologyRows.Encode(queue), 1));
        Assert.Equal(queue with { Arguments = FieldTable.Empty }, read with { Arguments = FieldTable.Empty });
        Assert.True(FieldValueComparer.Instance.Equals(Arguments, read.Arguments));
    }

    [Fact]
    public void An_exchange_comes_back_from_its_row()
    {
        var exchange = new ExchangeDefinition { Id = new("/", ""), Type = "topic", Internal = true, AutoDelete = true, Arguments = Arguments };
        var read = TopologyRows.Exchange(new(TopologyKeys.Exchange(exchange.Id), TopologyRows.Encode(exchange, 17), 1), out var incarnation);
        Assert.Equal(17, incarnation);
        Assert.Equal(exchange with { Arguments = FieldTable.Empty, Incarnation = 17 }, read with { Arguments = FieldTable.Empty });
        Assert.True(FieldValueComparer.Instance.Equals(Arguments, read.Arguments));
    }

    [Theory]
    [InlineData(DestinationKind.Queue, "")]
    [InlineData(DestinationKind.Exchange, "key")]
    [InlineData(DestinationKind.Stream, "line\nbreak\n\n")]
    public void A_binding_comes_back_from_its_row_and_its_source_from_the_reverse_one(DestinationKind kind, string key)
    {
        var binding = new BindingDefinition { Source = new("/", "x"), Destination = new(kind, "a/b/c"), RoutingKey = key, Arguments = Arguments };
        var read = TopologyRows.Binding(new(TopologyKeys.Binding(binding), TopologyRows.Encode(binding), 1));
        Assert.Equal(binding with { Arguments = FieldTable.Empty }, read with { Arguments = FieldTable.Empty });
        Assert.True(FieldValueComparer.Instance.Equals(Arguments, read.Arguments));
        Assert.Equal(binding.Source, TopologyKeys.SourceOfReverse(TopologyKeys.ReverseBinding(binding)));
    }

    [Fact]
    public void A_subscription_comes_back_from_its_row()
    {
        var subscription = new GrainSubscription { Id = Guid.NewGuid(), Subscriber = GrainId.Create("type", "key/with+signs"), Prefetch = 7 };
        var id = new QueueId("/", "q");
        Assert.Equal(subscription, TopologyRows.Subscription(new(TopologyKeys.Subscription(id, subscription.Id), TopologyRows.Encode(subscription), 1)));
    }

    [Fact]
    public void A_row_of_a_newer_format_is_refused() =>
        Assert.Throws<InvalidDataException>(() => TopologyRows.Number(new TopologyRow("vhost\n/", [2, 0, 0, 0, 0, 0, 0, 0, 0], 1)));

    [Fact]
    public void A_row_that_ends_early_is_refused() =>
        Assert.Throws<InvalidDataException>(() => TopologyRows.Number(new TopologyRow("vhost\n/", [1, 0, 0], 1)));

    [Fact]
    public void Arguments_that_are_equal_by_value_have_one_digest()
    {
        FieldTable one = new([new("a", 1), new("b", 0.0), new("c", new object?[] { (byte)2, null })]);
        FieldTable same = new([new("b", -0.0), new("c", new object?[] { 2L, null }), new("a", "overridden"), new("a", (short)1)]);
        Assert.True(FieldValueComparer.Instance.Equals(one, same));
        Assert.Equal(ArgumentDigest.Of(one), ArgumentDigest.Of(same));
        Assert.Equal("", ArgumentDigest.Of(FieldTable.Empty));
    }

    [Fact]
    public void Arguments_that_differ_have_different_digests()
    {
        FieldTable[] tables =
        [
            new([new("a", 1)]), new([new("a", 2)]), new([new("a", "1")]), new([new("a", 1.0)]), new([new("a", true)]), new([new("a", null)]),
            new([new("a", new AmqpTimestamp(1))]), new([new("a", 1m)]), new([new("a", 1.0m)]), new([new("a", new byte[] { 1 })]),
            new([new("a", new object?[] { 1 })]), new([new("a", new object?[] { new object?[] { 1 } })]), new([new("a", new FieldTable([new("a", 1)]))]),
            new([new("a", "S1:b")]), new([new("aS1:b", "")]), new([new("a", 1), new("b", 1)]),
        ];
        Assert.Equal(tables.Length, tables.Select(ArgumentDigest.Of).Distinct().Count());
    }

    [Fact]
    public void Server_names_have_22_characters_after_their_prefix_and_differ()
    {
        var names = Enumerable.Range(0, 100).Select(_ => EntityNames.Generate()).ToHashSet();
        Assert.Equal(100, names.Count);
        Assert.All(names, name => Assert.Matches("^amq\\.gen-[A-Za-z0-9_-]{22}$", name));
    }
}
