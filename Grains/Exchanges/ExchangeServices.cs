using OrleansBroker.Grains.Exchanges.Coherence;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges;

/// <summary>What exchange grains share.</summary>
internal sealed class ExchangeServices(
    ITopologyStore store,
    RoutingAnnouncer announcer,
    Incarnations incarnations,
    VirtualHostRows virtualHosts,
    Unbinding unbinding)
{
    public ITopologyStore Store => store;
    public RoutingAnnouncer Announcer => announcer;
    public Incarnations Incarnations => incarnations;
    public VirtualHostRows VirtualHosts => virtualHosts;
    public Unbinding Unbinding => unbinding;
}
