using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Routing;

/// <summary>The routing tables that a silo holds.</summary>
internal interface IRoutingTableSource
{
    /// <summary>
    /// The exchange's table; null where the exchange does not exist. False means that this silo does not know: the table has to be
    /// loaded first.
    /// </summary>
    bool TryGetTable(ExchangeId id, out RoutingTable? table);
}
