using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;
using OrleansBroker.Storage.Memory;
using OrleansBroker.Tests.Hosting;

namespace OrleansBroker.Tests.Access;

/// <summary>Users and settings of one silo over a store in memory, without a cluster around them.</summary>
internal sealed class SettingsBench : IDisposable
{
    private readonly IOptions<TopologyOptions> _options = Options.Create(new TopologyOptions { SingleSilo = true });
    private readonly SiloLease _lease;
    private readonly Incarnations _incarnations;

    public SettingsBench()
    {
        var self = new LocalSilo();
        Tables = new RoutingTableCache(TimeProvider.System, _options);
        _lease = new SiloLease(Store, Tables, self, null!, _options, TimeProvider.System, NullLogger<SiloLease>.Instance);
        Settings = new SettingsCache(Store, Tables, _lease, []);
        Settings.EndSeeding();
        Writer = new SettingsWriter(Store, new RoutingAnnouncer(Store, new SiloNews(Tables, Settings), null!, self, _options));
        _incarnations = new Incarnations(Store);
    }

    public MemoryTopologyStore Store { get; } = new();

    public RoutingTableCache Tables { get; }

    public SettingsCache Settings { get; }

    public SettingsWriter Writer { get; }

    public Users Users(AccessOptions options) => new(new ConfiguredUsers(Options.Create(options)), Settings, Writer, _incarnations);

    /// <summary>What a start does about the default user.</summary>
    public Task SeedAsync(AccessOptions options) => new GuestSeed(
        new ConfiguredUsers(Options.Create(options)), Settings, Writer, _incarnations, Options.Create(options), _options, NullLogger<GuestSeed>.Instance).SeedAsync(default);

    /// <summary>A virtual host that is there, and nothing in it.</summary>
    public Task AddVirtualHostAsync(string name) =>
        Store.CommitAsync([new(TopologyKeys.VirtualHost(name), TopologyRows.Encode(VirtualHostRows.Live))], default);

    public void Dispose()
    {
        Settings.Dispose();
        _lease.Dispose();
        _incarnations.Dispose();
    }
}
