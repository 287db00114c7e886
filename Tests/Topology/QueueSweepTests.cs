using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.TestingHost;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Queues;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Sweeping;
using OrleansBroker.Storage.Memory;
using OrleansBroker.Tests.Hosting;

namespace OrleansBroker.Tests.Topology;

using Samples = OrleansBroker.Tests.Storage.Samples;

/// <summary>Sweeps over rows as a boot or a silo before left them; queues are doubles that note what they are asked.</summary>
public sealed class QueueSweepTests : IAsyncLifetime
{
    private const string DeadSilo = "127.0.0.1:1@1";

    private readonly MemoryTopologyStore _store = new();
    private readonly MemoryQueueStore _messages = new();
    private readonly ConcurrentQueue<string> _calls = new();
    private InProcessTestCluster? _cluster;

    private IServiceProvider Silo => _cluster!.Silos[0].SiloHost.Services;

    private IQueueRows Rows => Silo.GetRequiredService<IQueueRows>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_start_creates_the_first_virtual_host_with_its_default_queue()
    {
        await StartAsync(singleSilo: false);
        Assert.True(await Silo.GetRequiredService<ITopology>().VirtualHostExistsAsync("/", default));
        Assert.Contains("Declare default", _calls);
    }

    [Fact]
    public async Task A_start_of_the_only_silo_removes_what_does_not_outlive_it()
    {
        await StartAsync(singleSilo: true);
        await CreateAsync("durable", durable: true);
        await CreateAsync("transient", durable: false);
        await CreateAsync("exclusive", durable: true, DeadSilo);
        var topology = Silo.GetRequiredService<ITopology>();
        await topology.DeclareExchangeAsync(new() { Id = new("/", "x-transient"), Type = "direct" }, default);
        await topology.DeclareExchangeAsync(new() { Id = new("/", "x-durable"), Type = "direct", Durable = true }, default);
        foreach (var queue in (string[])["durable", "transient"])
        {
            foreach (var source in (string[])["x-durable", "x-transient"])
            {
                await topology.BindAsync(ExchangeBinding(source, queue), null, default);
            }
        }

        await RestartAsync(singleSilo: true);

        Assert.Equal(["Delete exclusive", "Delete transient"], _calls.Order());
        await Assert.ThrowsAsync<BrokerException>(() => Silo.GetRequiredService<ITopology>().GetExchangeAsync(new("/", "x-transient"), default));
        await Silo.GetRequiredService<ITopology>().GetExchangeAsync(new("/", "x-durable"), default);
        Assert.Equal(1, await _store.CountAsync("binding\n", default));
    }

    [Fact]
    public async Task A_cluster_keeps_transient_queues_and_removes_those_of_dead_owners()
    {
        await StartAsync(singleSilo: false);
        var alive = Silo.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();
        await CreateAsync("transient", durable: false);
        await CreateAsync("orphan", durable: false, DeadSilo);
        await CreateAsync("owned", durable: false, alive);
        _calls.Clear();
        await Silo.GetRequiredService<Sweep>().RunAsync(default);
        Assert.Equal(["Delete orphan"], _calls);
    }

    [Fact]
    public async Task Messages_of_a_deleted_queue_that_its_silo_did_not_remove_are_removed_by_the_next_start()
    {
        await StartAsync(singleSilo: false);
        var queue = await CreateAsync("deleted", durable: true);
        var epoch = (await _messages.AcquireAsync(queue.Incarnation, default)).Epoch;
        await _messages.CommitAsync(Samples.Write(queue.Incarnation, epoch, Samples.Message(1)));
        await Rows.DeleteAsync(queue, leavesMessages: true);
        Assert.Single(await _messages.ReadAsync(queue.Incarnation, Samples.All(), 10, default));

        await RestartAsync(singleSilo: false);

        Assert.Empty(await _messages.ReadAsync(queue.Incarnation, Samples.All(), 10, default));
        Assert.Equal(0, await _store.CountAsync("leftover\n", default));
    }

    [Fact]
    public async Task A_queue_is_woken_when_its_deadline_comes_and_not_before()
    {
        await StartAsync(singleSilo: false);
        var queue = await CreateAsync("expiring", durable: true);
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));
        var sweep = ActivatorUtilities.CreateInstance<Sweep>(Silo, time);
        await sweep.RunAsync(default);
        await Rows.SetDeadlineAsync(queue.Id, queue.Incarnation, 999_000);
        await Rows.SetDeadlineAsync(queue.Id, queue.Incarnation, 1_005_000);
        await Rows.SetDeadlineAsync(queue.Id, queue.Incarnation + 1, 1_000);
        _calls.Clear();
        await sweep.RunAsync(default);
        Assert.Empty(_calls);

        time.Advance(TimeSpan.FromSeconds(5));
        await sweep.RunAsync(default);
        Assert.Equal(["Wake expiring"], _calls);

        await Rows.SetDeadlineAsync(queue.Id, queue.Incarnation, null);
        await sweep.RunAsync(default);
        Assert.Equal(["Wake expiring"], _calls);
        Assert.Equal(0, await _store.CountAsync("due\n", default) + await _store.CountAsync("deadline\n", default));
    }

    [Fact]
    public async Task A_deleted_queue_leaves_no_row()
    {
        await StartAsync(singleSilo: false);
        var before = await RowsAsync();
        var queue = await CreateAsync("q", durable: false, DeadSilo);
        await Rows.SetDeadlineAsync(queue.Id, queue.Incarnation, 5);
        await Rows.SaveSubscriptionAsync(queue.Id, new() { Id = Guid.NewGuid(), Subscriber = GrainId.Create("t", "k") });
        await Rows.DeleteAsync(queue);
        Assert.Equal(before, await RowsAsync());
    }

    [Fact]
    public async Task Each_queue_with_subscribed_grains_is_woken_once()
    {
        await StartAsync(singleSilo: false);
        foreach (var name in (string[])["one", "two"])
        {
            var queue = await CreateAsync(name, durable: true);
            for (var i = 0; i < 2; i++)
            {
                await Rows.SaveSubscriptionAsync(queue.Id, new() { Id = Guid.NewGuid(), Subscriber = GrainId.Create("t", $"{i}"), Prefetch = 5 });
            }
        }

        Assert.Equal(2, (await Rows.GetSubscriptionsAsync(new("/", "one"))).Length);
        await RestartAsync(singleSilo: false);
        Assert.Equal(["Wake one", "Wake two"], _calls.Order());
    }

    [Fact]
    public async Task A_virtual_host_is_deleted_with_all_that_is_in_it()
    {
        await StartAsync(singleSilo: false);
        var before = await RowsAsync();
        var topology = Silo.GetRequiredService<ITopology>();
        await topology.CreateVirtualHostAsync("other", default);
        await topology.CreateVirtualHostAsync("other", default);
        Assert.True(await topology.VirtualHostExistsAsync("other", default));
        await Rows.CreateAsync(new() { Id = new("other", "q") });
        await topology.BindAsync(
            new() { Source = new("other", "amq.topic"), Destination = new(DestinationKind.Queue, "q"), RoutingKey = "#" }, null, default);
        await topology.DeleteVirtualHostAsync("other", default);
        Assert.False(await topology.VirtualHostExistsAsync("other", default));
        Assert.Equal(before, await RowsAsync());
        await Assert.ThrowsAsync<BrokerException>(() => Rows.CreateAsync(new() { Id = new("other", "q") }));
        await Assert.ThrowsAsync<BrokerException>(() => topology.DeleteVirtualHostAsync("other", default));
    }

    [Fact]
    public async Task Many_queues_are_listed_and_counted_without_a_grain()
    {
        await StartAsync(singleSilo: false);
        var rows = Rows;
        for (var i = 0; i < 100_000; i++)
        {
            await rows.CreateAsync(new() { Id = new("/", $"q{i:d6}"), Durable = true });
        }

        _calls.Clear();
        var topology = Silo.GetRequiredService<ITopology>();
        Assert.Equal(100_000, await topology.CountQueuesAsync("/", default));
        var listed = 0;
        await foreach (var queue in topology.ListQueuesAsync("/", default))
        {
            Assert.Equal($"q{listed++:d6}", queue.Id.Name);
        }

        Assert.Equal(100_000, listed);
        Assert.Empty(_calls);
    }

    private static BindingDefinition ExchangeBinding(string source, string queue) =>
        new() { Source = new("/", source), Destination = new(DestinationKind.Queue, queue), RoutingKey = "key" };

    private async Task<List<string>> RowsAsync()
    {
        var keys = new List<string>();
        await foreach (var row in _store.ScanAsync("", null, default))
        {
            keys.Add(row.Key);
        }

        return keys;
    }

    private async Task<QueueDefinition> CreateAsync(string name, bool durable, string? owner = null)
    {
        var definition = new QueueDefinition
        {
            Id = new("/", name),
            Durable = durable,
            ExclusiveOwner = owner is null ? null : new(Guid.NewGuid(), owner),
        };
        return (await Rows.CreateAsync(definition)).Definition;
    }

    private async Task RestartAsync(bool singleSilo)
    {
        await _cluster!.DisposeAsync();
        _calls.Clear();
        await StartAsync(singleSilo);
    }

    private async Task StartAsync(bool singleSilo)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBrokerDirectory();
            silo.AddTopology();
            silo.Services.Configure<TopologyOptions>(options =>
            {
                options.SingleSilo = singleSilo;
                options.SweepInterval = TimeSpan.FromHours(1);
            });
            silo.Services.AddSingleton<ITopologyStore>(_store).AddSingleton<IQueueStore>(_messages).AddSingleton<QueueLocator>(services => id => Locate(services, id));
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        await Silo.GetRequiredService<QueueSweep>().Started;
    }

    private IQueueGrain Locate(IServiceProvider services, QueueId id) => GrainDouble.Create<IQueueGrain>((method, arguments) =>
    {
        _calls.Enqueue($"{method[..^"Async".Length]} {id.Name}");
        return arguments switch
        {
            [QueueDefinition definition] => Task.FromResult(new QueueStatus { Definition = definition }),
            [DeleteQueueOptions { Internal: true }] => DeleteAsync(services.GetRequiredService<IQueueRows>(), id),
            _ => Task.CompletedTask,
        };
    });

    private static async Task<long> DeleteAsync(IQueueRows rows, QueueId id)
    {
        if (await rows.FindAsync(id, default) is { } definition)
        {
            await rows.DeleteAsync(definition);
        }

        return 0;
    }
}
