using System.ComponentModel.DataAnnotations;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Silo.Configuration;

/// <summary>The cluster that the silo is a member of.</summary>
internal sealed class ClusterOptions
{
    /// <summary>
    /// Where the members are listed. Default: none, it follows from the store: silos that share a database find each other there, others
    /// on this machine.
    /// </summary>
    public ClusterMembership? Membership { get; set; }

    /// <summary>
    /// Name of the cluster: silos with another one do not see each other. Default <c>orleansbroker</c>, which the client library expects.
    /// </summary>
    [Required]
    public string Id { get; set; } = "orleansbroker";

    /// <summary>
    /// Name of the service, which stays the same when a cluster is replaced by another. Default <c>orleansbroker</c>, which the client
    /// library expects.
    /// </summary>
    [Required]
    public string ServiceId { get; set; } = "orleansbroker";

    /// <summary>
    /// Whether the silo runs in a pod of Kubernetes: it takes its name and address from there, and silos whose pods are gone are declared
    /// dead at once. Default false: it needs Kubernetes' API and rights to it.
    /// </summary>
    public bool Kubernetes { get; set; }

    /// <summary>
    /// How long a silo waits for another one's sign of life. Default 00:00:01.5: a silo that misses three of them is declared dead, so
    /// that its queues are back within some 5 s; longer than a pause of garbage collection.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.5000000", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Where the members of a cluster with this store are listed.</summary>
    public ClusterMembership MembershipFor(StoreProvider store) =>
        Membership ?? (store == StoreProvider.PostgreSql ? ClusterMembership.PostgreSql : ClusterMembership.Localhost);

    /// <summary>Settings that are possible one by one, but not together.</summary>
    public IEnumerable<string> Contradictions(BrokerOptions broker, LocalSiloOptions silo)
    {
        var membership = MembershipFor(broker.Store.Provider);
        if (membership == ClusterMembership.PostgreSql && broker.Store.Provider != StoreProvider.PostgreSql)
        {
            yield return $"{BrokerOptions.Section}:Cluster:Membership is 'PostgreSql' while {BrokerOptions.Section}:Store:Provider is '{broker.Store.Provider}'; allowed: only with the store PostgreSql, whose database has the table of members.";
        }

        if (membership == ClusterMembership.PostgreSql && silo.PrimaryPort is { } primary)
        {
            yield return $"{BrokerOptions.Section}:Silo:PrimaryPort is '{primary}' while members are listed in PostgreSql; allowed: only with {BrokerOptions.Section}:Cluster:Membership Localhost, as no member is the first there.";
        }

        if (Kubernetes && membership != ClusterMembership.PostgreSql)
        {
            yield return $"{BrokerOptions.Section}:Cluster:Kubernetes is 'True' while members are listed on this machine; allowed: only with {BrokerOptions.Section}:Cluster:Membership PostgreSql, as pods do not share a machine.";
        }

        if (membership == ClusterMembership.Localhost && silo.Address != "127.0.0.1")
        {
            yield return $"{BrokerOptions.Section}:Silo:Address is '{silo.Address}' while members are listed on this machine; allowed: only with {BrokerOptions.Section}:Cluster:Membership PostgreSql.";
        }
        else if (membership == ClusterMembership.Localhost && silo.AdvertisedAddress is not null && silo.PrimaryPort is not null)
        {
            yield return $"{BrokerOptions.Section}:Silo:AdvertisedAddress is '{silo.AdvertisedAddress}' while {BrokerOptions.Section}:Silo:PrimaryPort is set; allowed: only one of them, as the silos of one machine reach each other over loopback.";
        }
        else if (!Kubernetes && silo.AdvertisedAddress is null && silo.Address is "0.0.0.0" or "::")
        {
            yield return $"{BrokerOptions.Section}:Silo:Address is '{silo.Address}', at which no other silo can reach this one; allowed: with {BrokerOptions.Section}:Silo:AdvertisedAddress, an address of this machine.";
        }
    }
}

/// <summary>Where the members of a cluster are listed.</summary>
internal enum ClusterMembership
{
    /// <summary>In the memory of the first silo on this machine.</summary>
    Localhost,

    /// <summary>In the store's database.</summary>
    PostgreSql,
}
