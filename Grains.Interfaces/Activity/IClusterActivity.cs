using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Interfaces.Activity;

/// <summary>
/// What runs in the whole cluster, as management shows it. It asks every silo; one that does not answer in time is left out of lists, and
/// is told as not running. No queue is activated by being looked at.
/// </summary>
public interface IClusterActivity
{
    /// <summary>The silo that answers.</summary>
    string Silo { get; }

    /// <summary>All silos, in the order of their names.</summary>
    Task<IReadOnlyList<SiloFigures>> ListSilosAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whether another silo answers that would go on with the queues of this one, and does not stop itself; null where the silo keeps its
    /// store to itself, so that there can be none.
    /// </summary>
    ValueTask<bool?> HasSuccessorAsync(CancellationToken cancellationToken);

    /// <summary>How the queues stand: as many figures, in the same order.</summary>
    Task<IReadOnlyList<QueueFigures>> ReadQueuesAsync(IReadOnlyList<QueueDefinition> queues, CancellationToken cancellationToken);

    /// <summary>What was published to the exchanges, on all silos; exchanges to which nothing was are left out.</summary>
    Task<IReadOnlyDictionary<ExchangeId, ExchangeFigures>> ReadExchangesAsync(IReadOnlyList<ExchangeId> exchanges, CancellationToken cancellationToken);

    /// <summary>What was published to the exchanges on the silo that answers.</summary>
    IReadOnlyList<ExchangeFigures> ReadOwnExchanges();

    /// <summary>What went to queues by exchanges on the silo that answers.</summary>
    IReadOnlyList<RouteFigures> ReadOwnRoutes();

    /// <summary>What went to queues by the exchange, in the order of their names.</summary>
    Task<IReadOnlyList<RouteFigures>> ReadRoutesFromAsync(ExchangeId exchange, CancellationToken cancellationToken);

    /// <summary>What went to the queue, by exchange in the order of their names.</summary>
    Task<IReadOnlyList<RouteFigures>> ReadRoutesToAsync(QueueId queue, CancellationToken cancellationToken);

    /// <summary>The logins on a silo by user and address; null where there is no such silo, or it does not answer.</summary>
    Task<IReadOnlyList<LoginSource>?> ListLoginSourcesAsync(string silo, CancellationToken cancellationToken);

    /// <summary>All connections.</summary>
    Task<IReadOnlyList<ConnectionFigures>> ListConnectionsAsync(CancellationToken cancellationToken);

    /// <summary>All channels.</summary>
    Task<IReadOnlyList<ChannelFigures>> ListChannelsAsync(CancellationToken cancellationToken);

    /// <summary>Closes a connection with 320 and the reason; false where there is none of that name.</summary>
    Task<bool> CloseConnectionAsync(string name, string reason, CancellationToken cancellationToken);

    /// <summary>Has a silo count logins from zero; false where there is no such silo, or it does not answer.</summary>
    Task<bool> ResetLoginsAsync(string silo, CancellationToken cancellationToken);
}
