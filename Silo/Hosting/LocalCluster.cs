using System.Net;
using Orleans.Configuration;
using OrleansBroker.Grains.Stores;
using OrleansBroker.Silo.Configuration;

namespace OrleansBroker.Silo.Hosting;

/// <summary>The cluster of silos on one machine.</summary>
internal static class LocalCluster
{
    public static void UseLocalCluster(this ISiloBuilder silo, ServerOptions server)
    {
        var options = server.Silo;
        var advertised = options.AdvertisedAddress is { } address ? IPAddress.Parse(address) : IPAddress.Loopback;
        // The first silo is known by its own address, though no other one asks for it when that is not loopback.
        var primary = new IPEndPoint(advertised, options.PrimaryPort ?? options.Port);
        silo.UseLocalhostClustering(options.Port, options.GatewayPort, primary, server.Cluster.ServiceId, server.Cluster.Id);
        silo.Configure<ClusterMemoryOptions>(memory => memory.Primary = primary);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = advertised;
            endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Loopback, options.Port);
            endpoints.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Parse(options.GatewayAddress), options.GatewayPort);
        });
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            // On one machine no network delays a probe, so a silo that misses three of a second is dead or starved, and its
            // queues are back after some 3 s. Orleans' own 5 s are made for networks.
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 3;

            // Gossip tells of changes at once; the table is read besides in case it was lost. A minute would be long for that.
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // Votes of silos that have died themselves since should not linger beyond the detection that they belong to.
            membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(30);
        });
    }
}
