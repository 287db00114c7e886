using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Tests.Exchanges;

public sealed class SiloDeathTests : IAsyncLifetime
{
    private readonly RoutingCluster _cluster = new();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Binds_wait_for_a_dead_silos_lease_together_and_then_no_more()
    {
        ExchangeId[] exchanges = [await _cluster.CreateExchangeAsync(), await _cluster.CreateExchangeAsync(), await _cluster.CreateExchangeAsync()];
        await _cluster.CreateQueueAsync("q");
        await Task.WhenAll(exchanges.Select(x => _cluster.Tables(2).GetTableAsync(x, default).AsTask()));
        var dead = _cluster.Silos[2].GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();
        await _cluster.KillAsync(2);

        var clock = Stopwatch.StartNew();
        await Task.WhenAll(exchanges.Select(x => _cluster.Topology(0).BindAsync(RoutingCluster.ToQueue(x, "q", "1"), null, default)))
            .WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Null(await _cluster.Store.GetAsync($"lease\n{dead}", default));

        clock.Restart();
        await _cluster.Topology(0).BindAsync(RoutingCluster.ToQueue(exchanges[0], "q", "2"), null, default);
        Assert.True(clock.Elapsed < RoutingCluster.Lease / 2, $"a bind after the silo's lease was gone took {clock.Elapsed}");
    }
}
