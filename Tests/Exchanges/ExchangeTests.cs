using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology;
using static OrleansBroker.Tests.Exchanges.RoutingCluster;

namespace OrleansBroker.Tests.Exchanges;

public sealed class ExchangeTests(RoutingCluster cluster) : IClassFixture<RoutingCluster>
{
    private readonly ITopology _topology = cluster.Topology(1);

    [Fact]
    public async Task Every_virtual_host_has_the_predeclared_exchanges()
    {
        var names = new List<string>();
        await foreach (var exchange in _topology.ListExchangesAsync("/", default))
        {
            names.Add(exchange.Id.Name);
        }

        Assert.Superset(
            new HashSet<string> { "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.rabbitmq.trace", "amq.topic" }, names.ToHashSet());
    }

    [Fact]
    public async Task A_missing_exchange_is_not_found()
    {
        await RefusedAsync("NOT_FOUND - no exchange 'none' in vhost '/'", () => _topology.GetExchangeAsync(new("/", "none"), default));
        await cluster.CreateQueueAsync("q-of-missing");
        await RefusedAsync(
            "NOT_FOUND - no exchange 'none' in vhost '/'", () => _topology.BindAsync(ToQueue(new("/", "none"), "q-of-missing"), null, default));
    }

    [Fact]
    public async Task A_missing_destination_is_not_found()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await RefusedAsync("NOT_FOUND - no queue 'none' in vhost '/'", () => _topology.BindAsync(ToQueue(exchange, "none"), null, default));
        await RefusedAsync(
            "NOT_FOUND - no exchange 'none' in vhost '/'", () => _topology.BindAsync(ToExchange(exchange, new("/", "none")), null, default));
    }

    [Fact]
    public async Task Declaring_again_checks_that_it_is_alike()
    {
        var exchange = await cluster.CreateExchangeAsync("direct");
        await _topology.DeclareExchangeAsync(new() { Id = exchange, Type = "direct" }, default);
        await RefusedAsync(
            $"PRECONDITION_FAILED - inequivalent arg 'type' for {exchange}: received 'fanout' but current is 'direct'",
            () => _topology.DeclareExchangeAsync(new() { Id = exchange, Type = "fanout" }, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("amq.mine")]
    public async Task Reserved_names_are_refused(string name)
    {
        var refusal = await Assert.ThrowsAsync<BrokerException>(
            () => _topology.DeclareExchangeAsync(new() { Id = new("/", name), Type = "direct" }, default));
        Assert.Equal(ReplyCode.AccessRefused, refusal.Code);
    }

    [Fact]
    public async Task A_predeclared_exchange_may_be_declared_again_but_not_deleted()
    {
        await _topology.DeclareExchangeAsync(new() { Id = new("/", "amq.topic"), Type = "topic", Durable = true }, default);
        var refusal = await Assert.ThrowsAsync<BrokerException>(() => _topology.DeleteExchangeAsync(new("/", "amq.topic"), false, default));
        Assert.Equal(ReplyCode.AccessRefused, refusal.Code);
    }

    [Fact]
    public async Task Line_breaks_are_dropped_from_names()
    {
        await _topology.DeclareExchangeAsync(new() { Id = new("/", "broken\r\nname"), Type = "direct" }, default);
        Assert.Equal("brokenname", (await _topology.GetExchangeAsync(new("/", "broken\nname"), default)).Id.Name);
    }

    [Fact]
    public async Task An_exchange_in_a_missing_virtual_host_is_refused() => await RefusedAsync(
        "NOT_ALLOWED - vhost 'nowhere' not found",
        () => _topology.DeclareExchangeAsync(new() { Id = new("nowhere", "x"), Type = "direct" }, default));

    [Fact]
    public async Task A_binding_is_what_its_source_destination_key_and_arguments_are()
    {
        var exchange = await cluster.CreateExchangeAsync("headers");
        await cluster.CreateQueueAsync("q-identity");
        var narrow = ToQueue(exchange, "q-identity") with { Arguments = new([new("a", 1), new("b", "x")]) };
        var wide = ToQueue(exchange, "q-identity") with { Arguments = new([new("b", "x"), new("a", 1L)]) };
        var other = ToQueue(exchange, "q-identity") with { Arguments = new([new("a", 2)]) };
        await _topology.BindAsync(narrow, null, default);
        await _topology.BindAsync(wide, null, default);
        await _topology.BindAsync(other, null, default);
        await _topology.BindAsync(ToQueue(exchange, "q-identity", "line\nbreak"), null, default);
        Assert.Equal(3, await BindingsAsync(exchange));

        await _topology.UnbindAsync(wide, null, default);
        await _topology.UnbindAsync(wide, null, default);
        Assert.Equal(2, await BindingsAsync(exchange));
    }

    [Fact]
    public async Task Another_connections_exclusive_queue_is_locked()
    {
        var exchange = await cluster.CreateExchangeAsync();
        var owner = new ConnectionOwner(Guid.NewGuid(), cluster.Silos[0].GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString());
        await cluster.CreateQueueAsync("q-exclusive", owner);
        var binding = ToQueue(exchange, "q-exclusive");
        var refusal = await Assert.ThrowsAsync<BrokerException>(() => _topology.BindAsync(binding, Guid.NewGuid(), default));
        Assert.Equal(ReplyCode.ResourceLocked, refusal.Code);
        await _topology.BindAsync(binding, owner.Connection, default);
        Assert.Equal(1, await BindingsAsync(exchange));
    }

    [Theory]
    [InlineData("provider/namespace/key", true)]
    [InlineData("provider/namespace", false)]
    [InlineData("//key", false)]
    public async Task A_stream_is_named_by_provider_namespace_and_key(string name, bool valid)
    {
        var exchange = await cluster.CreateExchangeAsync();
        var binding = new BindingDefinition { Source = exchange, Destination = new(DestinationKind.Stream, name) };
        if (valid)
        {
            await _topology.BindAsync(binding, null, default);
            Assert.Equal(1, await BindingsAsync(exchange));
        }
        else
        {
            await Assert.ThrowsAsync<BrokerException>(() => _topology.BindAsync(binding, null, default));
        }
    }

    [Fact]
    public async Task An_auto_delete_exchange_goes_with_its_last_binding()
    {
        var exchange = await cluster.CreateExchangeAsync(autoDelete: true);
        await cluster.CreateQueueAsync("q-auto");
        await _topology.GetExchangeAsync(exchange, default);
        await _topology.BindAsync(ToQueue(exchange, "q-auto", "1"), null, default);
        await _topology.BindAsync(ToQueue(exchange, "q-auto", "2"), null, default);
        await _topology.UnbindAsync(ToQueue(exchange, "q-auto", "1"), null, default);
        await _topology.GetExchangeAsync(exchange, default);
        await _topology.UnbindAsync(ToQueue(exchange, "q-auto", "2"), null, default);
        await RefusedAsync($"NOT_FOUND - no {exchange}", () => _topology.GetExchangeAsync(exchange, default));
    }

    [Fact]
    public async Task An_exchange_in_use_is_not_deleted_when_it_must_be_unused()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-used");
        await _topology.BindAsync(ToQueue(exchange, "q-used"), null, default);
        await RefusedAsync($"PRECONDITION_FAILED - {exchange} in use", () => _topology.DeleteExchangeAsync(exchange, true, default));
        await _topology.UnbindAsync(ToQueue(exchange, "q-used"), null, default);
        await _topology.DeleteExchangeAsync(exchange, true, default);
        await _topology.DeleteExchangeAsync(exchange, true, default);
        await RefusedAsync($"NOT_FOUND - no {exchange}", () => _topology.GetExchangeAsync(exchange, default));
    }

    [Fact]
    public async Task A_deleted_exchange_leaves_no_bindings_from_it_or_to_it()
    {
        var source = await cluster.CreateExchangeAsync();
        var middle = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-chain");
        await _topology.BindAsync(ToExchange(source, middle), null, default);
        await _topology.BindAsync(ToQueue(middle, "q-chain"), null, default);
        await _topology.DeleteExchangeAsync(middle, false, default);
        Assert.Equal(0, await BindingsAsync(source));
        Assert.Equal(0, await BindingsAsync(middle));
        Assert.Equal(0, await cluster.Store.CountAsync($"bound\n/\nq\nq-chain\n", default));

        await _topology.DeclareExchangeAsync(new() { Id = middle, Type = "direct" }, default);
        Assert.Equal(0, (await cluster.Tables(2).GetTableAsync(source, default))!.BindingCount);
    }

    [Fact]
    public async Task Auto_delete_exchanges_that_are_bound_in_a_circle_go_together()
    {
        var one = await cluster.CreateExchangeAsync(autoDelete: true);
        var other = await cluster.CreateExchangeAsync(autoDelete: true);
        await cluster.CreateQueueAsync("q-circle");
        await _topology.BindAsync(ToExchange(one, other), null, default);
        await _topology.BindAsync(ToExchange(other, one), null, default);
        await _topology.BindAsync(ToQueue(one, "q-circle"), null, default);
        await _topology.DeleteExchangeAsync(one, false, default).WaitAsync(TimeSpan.FromSeconds(20));
        await RefusedAsync($"NOT_FOUND - no {other}", () => _topology.GetExchangeAsync(other, default));
    }

    [Fact]
    public async Task A_deleted_queue_leaves_no_bindings_and_takes_auto_delete_exchanges_along()
    {
        var kept = await cluster.CreateExchangeAsync();
        var gone = await cluster.CreateExchangeAsync(autoDelete: true);
        var queue = await cluster.CreateQueueAsync("q-deleted");
        await _topology.BindAsync(ToQueue(kept, "q-deleted", "1"), null, default);
        await _topology.BindAsync(ToQueue(kept, "q-deleted", "2"), null, default);
        await _topology.BindAsync(ToQueue(gone, "q-deleted"), null, default);
        var rows = cluster.Silos[2].GetRequiredService<IQueueRows>();
        await rows.DeleteAsync(queue);
        await rows.DeleteAsync(queue);
        Assert.Equal(0, await BindingsAsync(kept));
        Assert.Equal(0, (await cluster.Tables(0).GetTableAsync(kept, default))!.BindingCount);
        await RefusedAsync($"NOT_FOUND - no {gone}", () => _topology.GetExchangeAsync(gone, default));
        Assert.Null(await rows.FindAsync(queue.Id, default));
    }

    [Fact]
    public async Task Concurrent_binds_and_unbinds_are_all_kept()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-many");
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => cluster.Topology(i % 3).BindAsync(ToQueue(exchange, "q-many", $"{i}"), null, default)));
        Assert.Equal(300, await BindingsAsync(exchange));
        await Task.WhenAll(Enumerable.Range(0, 150).Select(i => cluster.Topology(i % 3).UnbindAsync(ToQueue(exchange, "q-many", $"{i}"), null, default)));
        Assert.Equal(150, await BindingsAsync(exchange));
        Assert.Equal(150, (await cluster.Tables(1).GetTableAsync(exchange, default))!.BindingCount);
    }

    private static async Task RefusedAsync(string text, Func<Task> action) =>
        Assert.Equal(text, (await Assert.ThrowsAsync<BrokerException>(action)).Message);

    private Task<long> BindingsAsync(ExchangeId exchange) => cluster.Store.CountAsync($"binding\n/\n{exchange.Name}\n", default);
}
