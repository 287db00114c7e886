using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Exchanges;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using static OrleansBroker.Tests.Exchanges.RoutingCluster;

namespace OrleansBroker.Tests.Exchanges;

public sealed class CoherenceTests(RoutingCluster cluster) : IClassFixture<RoutingCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task After_a_bind_or_unbind_every_silo_routes_by_it()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-coherent");
        await LoadEverywhereAsync(exchange);
        for (var i = 0; i < 200; i++)
        {
            var binding = ToQueue(exchange, "q-coherent", $"{i}");
            await cluster.Topology(i % 3).BindAsync(binding, null, default);
            Assert.All([0, 1, 2], silo => Assert.True(Held(silo, exchange).HasBinding(binding)));
            if (i % 2 == 0)
            {
                await cluster.Topology((i + 1) % 3).UnbindAsync(binding, null, default);
                Assert.All([0, 1, 2], silo => Assert.False(Held(silo, exchange).HasBinding(binding)));
            }
        }
    }

    [Fact]
    public async Task A_generation_ends_with_a_change()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-generation");
        await LoadEverywhereAsync(exchange);
        var before = cluster.Tables(2).Generation;
        await cluster.Topology(0).BindAsync(ToQueue(exchange, "q-generation"), null, default);
        Assert.NotEqual(before, cluster.Tables(2).Generation);
    }

    [Fact]
    public async Task An_exchange_that_was_known_to_be_missing_is_found_once_it_is_declared()
    {
        var id = new ExchangeId("/", "x-late");
        for (var round = 0; round < 5; round++)
        {
            foreach (var silo in (int[])[0, 1, 2])
            {
                Assert.Null(await cluster.Tables(silo).GetTableAsync(id, default));
                Assert.True(cluster.Tables(silo).TryGetTable(id, out var none) && none is null);
            }

            await cluster.Topology(round % 3).DeclareExchangeAsync(new() { Id = id, Type = "direct" }, default);
            Assert.All([0, 1, 2], silo => Assert.False(cluster.Tables(silo).TryGetTable(id, out _)));
            await LoadEverywhereAsync(id);
            await cluster.Topology(round % 3).DeleteExchangeAsync(id, false, default);
            Assert.All([0, 1, 2], silo => Assert.False(cluster.Tables(silo).TryGetTable(id, out _)));
        }
    }

    [Fact]
    public async Task A_table_that_is_loaded_while_it_changes_has_every_answered_bind()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-race");
        var bound = 0;
        var binding = Task.Run(async () =>
        {
            for (var i = 1; i <= 150; i++)
            {
                await cluster.Topology(0).BindAsync(ToQueue(exchange, "q-race", $"{i}"), null, default);
                Volatile.Write(ref bound, i);
            }
        });
        var cache = cluster.Silos[2].GetRequiredService<Grains.Exchanges.Coherence.RoutingTableCache>();
        while (!binding.IsCompleted)
        {
            var expected = Volatile.Read(ref bound);
            var table = await cluster.Tables(2).GetTableAsync(exchange, default);
            Assert.True(table!.BindingCount >= expected, $"{table.BindingCount} of {expected}");

            // Forget the table, so that the next round loads again while changes arrive.
            await cache.HandleAsync(new() { Changes = [new() { Exchange = exchange, Version = 0, Kind = Grains.Interfaces.Exchanges.RoutingChangeKind.Replaced }] });
        }

        await binding;
        Assert.Equal(150, (await cluster.Tables(2).GetTableAsync(exchange, default))!.BindingCount);
    }

    [Fact]
    public async Task A_silo_that_hears_nothing_does_not_route_by_an_old_table()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-deaf");
        await LoadEverywhereAsync(exchange);
        var deaf = cluster.Silos[2].GetRequiredService<DeafHandler>();
        deaf.Deafen();
        try
        {
            var binding = ToQueue(exchange, "q-deaf");
            var clock = Stopwatch.StartNew();
            // On a silo that hears: the exchange's own grain might stand on the deaf one, which tells nobody anything.
            await ExchangeOn(0, exchange).ExecuteAsync(new BindToExchange(binding, cluster.Store)).WaitAsync(Patience);
            var knows = !cluster.Tables(2).TryGetTable(exchange, out var table) || table!.HasBinding(binding);
            Assert.True(knows, "the deaf silo routed without the binding");
            Assert.True(clock.Elapsed < Lease * 2.5, $"the bind took {clock.Elapsed}");

            // It renews its lease as if nothing had been: the table that it loads then is a new one.
            Assert.True((await cluster.Tables(2).GetTableAsync(exchange, default))!.HasBinding(binding));
        }
        finally
        {
            deaf.Hear();
        }
    }

    [Fact]
    public async Task A_silo_that_is_cut_off_stops_routing_and_comes_back_with_what_it_missed()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-cut");
        await LoadEverywhereAsync(exchange);
        var deaf = cluster.Silos[2].GetRequiredService<DeafHandler>();
        var store = cluster.Silos[2].GetRequiredService<CutOffStore>();
        var binding = ToQueue(exchange, "q-cut");
        deaf.Deafen();
        store.IsCut = true;
        try
        {
            await ExchangeOn(0, exchange).ExecuteAsync(new BindToExchange(binding, cluster.Store)).WaitAsync(Patience);
            Assert.False(cluster.Tables(2).TryGetTable(exchange, out _));
            Assert.False(cluster.Tables(2).IsCurrent);
        }
        finally
        {
            deaf.Hear();
            store.IsCut = false;
        }

        await cluster.Tables(2).EnsureCurrentAsync(default).AsTask().WaitAsync(Patience);
        Assert.True((await cluster.Tables(2).GetTableAsync(exchange, default))!.HasBinding(binding));
    }

    [Fact]
    public async Task Two_activations_of_an_exchange_lose_no_change()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-two");
        await LoadEverywhereAsync(exchange);
        ExchangeOfOneThread[] activations = [new(this, 0, exchange), new(this, 1, exchange)];
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var binding = ToQueue(exchange, "q-two", $"{i}");
            await activations[i % 2].ExecuteAsync(() => new BindToExchange(binding, cluster.Store));
            Assert.All([0, 1, 2], silo => Assert.True(!cluster.Tables(silo).TryGetTable(exchange, out var table) || table!.HasBinding(binding)));
        }));

        // What one has removed the other does not take for there.
        var first = ToQueue(exchange, "q-two", "0");
        await activations[1].ExecuteAsync(() => new UnbindFromExchange(first));
        await activations[0].ExecuteAsync(() => new BindToExchange(first, cluster.Store));
        Assert.Equal(200, await cluster.Store.CountAsync($"binding\n/\n{exchange.Name}\n", default));
        Assert.Equal(200, (await cluster.Tables(2).GetTableAsync(exchange, default))!.BindingCount);
    }

    [Fact]
    public async Task A_stale_activation_does_not_change_the_exchange_that_came_after_its_own()
    {
        var exchange = await cluster.CreateExchangeAsync();
        await cluster.CreateQueueAsync("q-stale");
        ExchangeOfOneThread stale = new(this, 0, exchange);
        ExchangeOfOneThread other = new(this, 1, exchange);
        var services = cluster.Silos[1].GetRequiredService<ExchangeServices>();
        await stale.ExecuteAsync(() => new BindToExchange(ToQueue(exchange, "q-stale", "old"), cluster.Store));
        await other.ExecuteAsync(() => new DeleteExchange(ifUnused: false));
        await other.ExecuteAsync(() => new DeclareExchange(new() { Id = exchange, Type = "direct" }, services));
        await other.ExecuteAsync(() => new BindToExchange(ToQueue(exchange, "q-stale", "new"), cluster.Store));
        await stale.ExecuteAsync(() => new BindToExchange(ToQueue(exchange, "q-stale", "newer"), cluster.Store));
        var table = (await cluster.Tables(2).GetTableAsync(exchange, default))!;
        Assert.Equal(["new", "newer"], table.Bindings.Select(b => b.RoutingKey).Order());
    }

    private RoutingTable Held(int silo, ExchangeId exchange)
    {
        Assert.True(cluster.Tables(silo).TryGetTable(exchange, out var table), $"silo {silo} does not hold the table");
        return table!;
    }

    private async Task LoadEverywhereAsync(ExchangeId exchange)
    {
        foreach (var silo in (int[])[0, 1, 2])
        {
            Assert.NotNull(await cluster.Tables(silo).GetTableAsync(exchange, default));
        }
    }

    private ExchangeWriter ExchangeOn(int silo, ExchangeId exchange) =>
        new(exchange, cluster.Silos[silo].GetRequiredService<ExchangeServices>());

    /// <summary>An activation of an exchange, with a scheduler of its own as a grain has it.</summary>
    private sealed class ExchangeOfOneThread(CoherenceTests tests, int silo, ExchangeId exchange)
    {
        private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        private readonly ExchangeWriter _writer = tests.ExchangeOn(silo, exchange);

        public Task ExecuteAsync(Func<ExchangeCommand> command) => _turns.StartNew(() => _writer.ExecuteAsync(command())).Unwrap();
    }
}
