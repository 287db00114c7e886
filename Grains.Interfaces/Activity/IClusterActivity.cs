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

    /// <summary>How the queues stand: as many figures, in the same order.</summary>
    Task<IReadOnlyList<QueueFigures>> ReadQueuesAsync(IReadOnlyList<QueueDefinition> queues, CancellationToken cancellationToken);

    /// <summary>All connections.</summary>
    Task<IReadOnlyList<ConnectionFigures>> ListConnectionsAsync(CancellationToken cancellationToken);

    /// <summary>All channels.</summary>
    Task<IReadOnlyList<ChannelFigures>> ListChannelsAsync(CancellationToken cancellationToken);

    /// <summary>Closes a connection with 320 and the reason; false where there is none of that name.</summary>
    Task<bool> CloseConnectionAsync(string name, string reason, CancellationToken cancellationToken);
}
