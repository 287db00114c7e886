using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Stores;
using OrleansBroker.Storage.Memory;
using OrleansBroker.Tests.Storage;

namespace OrleansBroker.Tests.Stores;

/// <summary>Two silos; the younger one's stores are asked, and the older one keeps what they are told.</summary>
public sealed class ClusterMemory : IAsyncLifetime
{
    private readonly InProcessTestCluster _cluster;
    private int _tests;

    public ClusterMemory()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBrokerDirectory();
            silo.AddClusterMemoryStores();
        });
        _cluster = builder.Build();
    }

    internal IServiceProvider Primary => SiloByAge(0);

    internal IServiceProvider Secondary => SiloByAge(1);

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    private IServiceProvider SiloByAge(int index) =>
        _cluster.Silos.OrderBy(silo => silo.SiloAddress, PrimaryPlacementDirector.ByAge).ElementAt(index).SiloHost.Services;

    internal int NextTest() => Interlocked.Increment(ref _tests);
}

public sealed class ClusterMemoryQueueMessagesTests(ClusterMemory cluster) : QueueMessagesContract, IClassFixture<ClusterMemory>
{
    protected override IQueueStore Store { get; } =
        new ClusterMemoryQueueOwnershipTests.QueuesOfOneTest(cluster.Secondary.GetRequiredService<IQueueStore>(), cluster.NextTest() * 1_000_000L);
}

public sealed class ClusterMemoryQueueOwnershipTests(ClusterMemory cluster) : QueueOwnershipContract, IClassFixture<ClusterMemory>
{
    protected override IQueueStore Store { get; } =
        new QueuesOfOneTest(cluster.Secondary.GetRequiredService<IQueueStore>(), cluster.NextTest() * 1_000_000L);

    [Fact]
    public async Task Queues_are_kept_by_the_oldest_silo()
    {
        await Store.AcquireAsync(7, default);
        var offset = ((QueuesOfOneTest)Store).Offset;
        Assert.Equal(2, (await cluster.Primary.GetRequiredService<MemoryQueueStore>().AcquireAsync(offset + 7, default)).Epoch);
        Assert.Equal(1, (await cluster.Secondary.GetRequiredService<MemoryQueueStore>().AcquireAsync(offset + 7, default)).Epoch);
    }

    [Fact]
    public async Task Commits_take_effect_in_the_order_of_the_calls()
    {
        var acquired = await Store.AcquireAsync(8, default);
        var commits = Enumerable.Range(1, 200).Select(i => Store.CommitAsync(
            new QueueWrite { Incarnation = 8, Epoch = acquired.Epoch, State = QueueState.New with { NextSequence = i, Released = true } }));
        Assert.All(await Task.WhenAll(commits), Assert.True);
        Assert.Equal(200, (await Store.AcquireAsync(8, default)).State.NextSequence);
    }

    /// <summary>The contract's tests use the same incarnations, and the cluster lives longer than one of them.</summary>
    internal sealed class QueuesOfOneTest(IQueueStore store, long offset) : IQueueStore
    {
        public long Offset => offset;

        public Task<AcquiredQueue> AcquireAsync(long incarnation, CancellationToken cancellationToken) =>
            store.AcquireAsync(offset + incarnation, cancellationToken);

        public Task<bool> CommitAsync(QueueWrite write) => store.CommitAsync(write with { Incarnation = offset + write.Incarnation });

        public Task<IReadOnlyList<StoredMessage>> ReadAsync(long incarnation, MessageRange range, int limit, CancellationToken cancellationToken) =>
            store.ReadAsync(offset + incarnation, range, limit, cancellationToken);

        public Task<IReadOnlyList<StoredMessage>> ReadAsync(
            long incarnation, IReadOnlyList<ExpiringMessage> named, CancellationToken cancellationToken) =>
            store.ReadAsync(offset + incarnation, named, cancellationToken);

        public Task<IReadOnlyList<ExpiringMessage>> ReadExpiringAsync(
            long incarnation, ExpiringMessage from, int limit, CancellationToken cancellationToken) =>
            store.ReadExpiringAsync(offset + incarnation, from, limit, cancellationToken);

        public Task<IReadOnlyList<QueueState>> ReadStatesAsync(IReadOnlyList<long> incarnations, CancellationToken cancellationToken) =>
            store.ReadStatesAsync([.. incarnations.Select(incarnation => offset + incarnation)], cancellationToken);

        public Task DeleteAsync(long incarnation, CancellationToken cancellationToken) => store.DeleteAsync(offset + incarnation, cancellationToken);
    }
}

public sealed class ClusterMemoryTopologyStoreTests(ClusterMemory cluster) : TopologyStoreContract, IClassFixture<ClusterMemory>
{
    protected override ITopologyStore Store { get; } =
        new RowsOfOneTest(cluster.Secondary.GetRequiredService<ITopologyStore>(), $"{cluster.NextTest()}:");

    [Fact]
    public async Task A_scan_goes_on_over_many_pages()
    {
        var changes = Enumerable.Range(0, 2_500).Select(i => new TopologyChange($"row{i:d5}", [1])).ToList();
        Assert.True(await Store.CommitAsync(changes, default));
        var keys = new List<string>();
        await foreach (var row in Store.ScanAsync("row", null, default))
        {
            keys.Add(row.Key);
        }

        Assert.Equal(changes.Select(c => c.Key), keys);
    }

    private sealed class RowsOfOneTest(ITopologyStore store, string prefix) : ITopologyStore
    {
        public async ValueTask<TopologyRow?> GetAsync(string key, CancellationToken cancellationToken) =>
            await store.GetAsync(prefix + key, cancellationToken) is { } row ? Strip(row) : null;

        public async IAsyncEnumerable<TopologyRow> ScanAsync(
            string below, string? after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var row in store.ScanAsync(prefix + below, after is null ? null : prefix + after, cancellationToken))
            {
                yield return Strip(row);
            }
        }

        public Task<long> CountAsync(string below, CancellationToken cancellationToken) => store.CountAsync(prefix + below, cancellationToken);

        public Task<bool> CommitAsync(IReadOnlyList<TopologyChange> changes, CancellationToken cancellationToken) =>
            store.CommitAsync([.. changes.Select(change => change with { Key = prefix + change.Key })], cancellationToken);

        public Task<long> AllocateAsync(string sequence, int count, CancellationToken cancellationToken) =>
            store.AllocateAsync(prefix + sequence, count, cancellationToken);

        private TopologyRow Strip(TopologyRow row) => row with { Key = row.Key[prefix.Length..] };
    }
}

public sealed class PrimaryPlacementTests
{
    [Fact]
    public async Task The_primary_that_is_named_keeps_the_stores_and_nobody_stands_in_for_it()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBrokerDirectory();
            silo.AddClusterMemoryStores();
            silo.Services.Configure<ClusterMemoryOptions>(options => options.Primary = new IPEndPoint(IPAddress.Loopback, 1));
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var store = cluster.Silos[0].SiloHost.Services.GetRequiredService<ITopologyStore>();
        await Assert.ThrowsAnyAsync<Exception>(() => store.GetAsync("row", default).AsTask());
    }
}
