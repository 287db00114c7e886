using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Topology;

namespace OrleansBroker.Tests.Exchanges;

public sealed class RoutingTableCacheTests
{
    private const long Incarnation = 5L << 32;
    private static readonly ExchangeDefinition Exchange = new() { Id = new("/", "x"), Type = "direct" };

    private readonly FakeTimeProvider _time = new();
    private readonly RoutingTableCache _cache;

    public RoutingTableCacheTests()
    {
        _cache = new RoutingTableCache(_time, Options.Create(new TopologyOptions { MaxRoutingTables = 3 }));
        _cache.StartOver(In(3));
    }

    [Fact]
    public void A_change_that_comes_during_a_load_is_in_the_table_that_it_installs()
    {
        var load = Begin();
        Hear(Change(3, "3"), Change(4, "4"));
        _cache.FinishLoad(load, Table(2));
        Assert.Equal(["3", "4"], Keys());
    }

    [Fact]
    public void A_change_that_the_loaded_table_has_already_is_not_applied_again()
    {
        var load = Begin();
        Hear(Change(3, "3"), Change(4, "4"));
        _cache.FinishLoad(load, Table(3, "3"));
        Assert.Equal(["3", "4"], Keys());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1 + (1L << 32))]
    public void A_load_to_which_a_change_does_not_fit_installs_nothing(long version)
    {
        var load = Begin();
        Hear(Change(version, "new"));
        _cache.FinishLoad(load, Table(2));
        Assert.False(_cache.TryGetTable(Exchange.Id, out _));
    }

    [Fact]
    public void An_exchange_that_is_declared_while_it_is_looked_for_does_not_become_known_as_missing()
    {
        var load = Begin();
        Hear(Change(1, null));
        _cache.FinishLoad(load, null);
        Assert.False(_cache.TryGetTable(Exchange.Id, out _));
    }

    [Fact]
    public void A_load_that_began_under_a_lease_that_was_taken_installs_nothing()
    {
        var load = Begin();
        _cache.StartOver(In(3));
        _cache.FinishLoad(load, Table(2));
        Assert.False(_cache.TryGetTable(Exchange.Id, out _));
    }

    [Fact]
    public void A_held_table_follows_changes_one_by_one_and_is_dropped_at_a_gap()
    {
        Install(Table(2));
        Hear(Change(3, "3"));
        Assert.Equal(["3"], Keys());
        Hear(Change(3, "3"));
        Assert.Equal(["3"], Keys());
        Hear(Change(5, "5"));
        Assert.False(_cache.TryGetTable(Exchange.Id, out _));
    }

    [Fact]
    public void A_table_is_dropped_when_another_exchange_has_its_name_whatever_the_versions()
    {
        Install(Table(2));
        Hear(new RoutingTableChange { Exchange = Exchange.Id, Version = (4L << 32) + 1, Kind = RoutingChangeKind.Replaced });
        Assert.False(_cache.TryGetTable(Exchange.Id, out _));
    }

    [Fact]
    public void Nothing_is_known_once_the_lease_has_lapsed_and_all_is_known_again_when_it_was_not_taken()
    {
        Install(Table(2));
        var generation = _cache.Generation;
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(_cache.IsCurrent);
        Assert.False(_cache.TryGetTable(Exchange.Id, out _));
        _cache.Extend(In(3));
        Assert.True(_cache.TryGetTable(Exchange.Id, out _));
        Assert.NotEqual(generation, _cache.Generation);
    }

    [Fact]
    public void A_renewal_in_time_changes_no_generation()
    {
        Install(Table(2));
        var generation = _cache.Generation;
        _time.Advance(TimeSpan.FromSeconds(1));
        _cache.Extend(In(3));
        Assert.Equal(generation, _cache.Generation);
    }

    [Fact]
    public void The_number_of_tables_is_bounded()
    {
        for (var i = 0; i < 10; i++)
        {
            var load = Begin(new("/", $"missing{i}"));
            _cache.FinishLoad(load, null);
        }

        Assert.True(Enumerable.Range(0, 10).Count(i => _cache.TryGetTable(new("/", $"missing{i}"), out _)) <= 3);
        Assert.True(_cache.TryGetTable(new("/", "missing9"), out _));
    }

    [Fact]
    public async Task A_virtual_host_that_is_deleted_while_it_is_looked_up_is_not_kept()
    {
        var before = _cache.BeginVirtualHostLookup();
        await _cache.HandleAsync(new() { DeletedVirtualHost = "v" });
        _cache.AddVirtualHost("v", before);
        Assert.False(_cache.KnowsVirtualHost("v"));
        _cache.AddVirtualHost("v", _cache.BeginVirtualHostLookup());
        Assert.True(_cache.KnowsVirtualHost("v"));
        await _cache.HandleAsync(new() { DeletedVirtualHost = "v" });
        Assert.False(_cache.KnowsVirtualHost("v"));
    }

    private static BindingDefinition Binding(string key) =>
        new() { Source = Exchange.Id, Destination = new(DestinationKind.Queue, "q"), RoutingKey = key };

    private static RoutingTable Table(long version, params string[] keys) => RoutingTable.Create(Exchange, Incarnation + version, keys.Select(Binding));

    private static RoutingTableChange Change(long version, string? key) => new()
    {
        Exchange = Exchange.Id,
        Version = Incarnation + version,
        Kind = key is null ? RoutingChangeKind.Replaced : RoutingChangeKind.Bound,
        Binding = key is null ? null : Binding(key),
    };

    private long In(int seconds) => _time.GetTimestamp() + seconds * _time.TimestampFrequency;

    private void Hear(params RoutingTableChange[] changes)
    {
        var heard = _cache.HandleAsync(new() { Changes = changes }).AsTask();
        Assert.True(heard.IsCompletedSuccessfully);
    }

    private TableLoad Begin(ExchangeId? id = null)
    {
        TableLoad? begun = null;
        _cache.Load(id ?? Exchange.Id, load =>
        {
            begun = load;
            return Task.CompletedTask;
        });
        return begun!;
    }

    private void Install(RoutingTable table) => _cache.FinishLoad(Begin(), table);

    private IEnumerable<string> Keys()
    {
        Assert.True(_cache.TryGetTable(Exchange.Id, out var table));
        return table!.Bindings.Select(binding => binding.RoutingKey).Order();
    }
}
