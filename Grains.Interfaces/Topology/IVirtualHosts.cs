namespace OrleansBroker.Grains.Interfaces.Topology;

/// <summary>A virtual host.</summary>
public sealed record VirtualHostDefinition
{
    /// <summary>The limit of its connections, at all silos together.</summary>
    public const string MaxConnections = "max-connections";

    /// <summary>The limit of its queues.</summary>
    public const string MaxQueues = "max-queues";

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string Description { get; init; } = "";

    /// <summary>Tags, for the reader alone.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The type of durable queues that are declared without one; null: classic.</summary>
    public string? DefaultQueueType { get; init; }

    /// <summary>Whether its deletion is refused.</summary>
    public bool IsProtected { get; init; }

    /// <summary>Whether its messages are to be traced.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Limits by name; a negative one is none.</summary>
    public IReadOnlyDictionary<string, long> Limits { get; init; } = new Dictionary<string, long>();
}

/// <summary>Virtual hosts, to be listed and changed while the broker runs. A change is answered when every silo goes by it.</summary>
public interface IVirtualHosts
{
    /// <summary>The virtual host, or null.</summary>
    ValueTask<VirtualHostDefinition?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>All virtual hosts in the order of their names.</summary>
    ValueTask<IReadOnlyList<VirtualHostDefinition>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Creates the virtual host, or sets what it has besides a name.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="Errors.BrokerException">406: a value cannot be.</exception>
    Task<bool> PutAsync(VirtualHostDefinition virtualHost, CancellationToken cancellationToken);

    /// <summary>Deletes the virtual host with all that is in it, and closes its connections; false where there is none.</summary>
    /// <exception cref="Errors.BrokerException">406: it is protected.</exception>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken);
}
