using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Balance;
using OrleansBroker.Grains.Publishing;
using OrleansBroker.Grains.Queues;
using OrleansBroker.Grains.Sessions;
using OrleansBroker.Grains.Topology;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Every setting of a broker that is embedded in a silo, by area. Keys are the properties' names: <c>Broker:Store:Path</c>.</summary>
public sealed class BrokerOptions
{
    /// <summary>Configuration section that holds the broker's keys.</summary>
    public const string Section = "Broker";

    /// <summary>Where messages and definitions are kept.</summary>
    public StoreOptions Store { get; } = new();

    /// <summary>How queues behave that clients have not said anything about.</summary>
    public QueueOptions Queues { get; } = new();

    /// <summary>How a silo publishes.</summary>
    public PublishingOptions Publishing { get; } = new();
    /// <summary>How definitions are kept and made known to all silos.</summary>
    public TopologyOptions Topology { get; } = new();

    /// <summary>Limits of native sessions.</summary>
    public SessionOptions Sessions { get; } = new();

    /// <summary>Users and their permissions.</summary>
    public AccessOptions Access { get; } = new();

    /// <summary>How open queues spread over the silos of a cluster.</summary>
    public BalanceOptions Balance { get; } = new();
}
