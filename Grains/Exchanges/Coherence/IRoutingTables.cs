using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>
/// The routing tables that this silo holds, under one short lease for all of them. While the lease holds they are what the exchanges
/// are: a bind is not answered before every silo with a lease has it.
/// </summary>
internal interface IRoutingTables : IRoutingTableSource
{
    /// <summary>
    /// Changes whenever a table changes or is dropped. A route may be kept and used again while this has not changed since before it
    /// was made and <see cref="IsCurrent"/> is true.
    /// </summary>
    long Generation { get; }

    /// <summary>Whether the lease holds. Once it has lapsed <see cref="IRoutingTableSource.TryGetTable"/> knows no table.</summary>
    bool IsCurrent { get; }

    /// <summary>Completes when the lease holds, which it does at once but for a silo that starts or was cut off from the store.</summary>
    ValueTask EnsureCurrentAsync(CancellationToken cancellationToken);

    /// <summary>The exchange's table, loaded where it is not held; null where the exchange does not exist.</summary>
    ValueTask<RoutingTable?> GetTableAsync(ExchangeId id, CancellationToken cancellationToken);

    /// <summary>Whether the virtual host exists.</summary>
    ValueTask<bool> VirtualHostExistsAsync(string name, CancellationToken cancellationToken);
}
