using System.Net;
using Orleans.Configuration;
using OrleansBroker.Grains.Hosting;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Storage.PostgreSql;

namespace OrleansBroker.Silo.Hosting;

/// <summary>The cluster of silos that share a database, on one machine or on many.</summary>
internal static class SharedCluster
{
    public static void UseSharedCluster(this ISiloBuilder silo, ServerOptions options, StoreOptions store)
    {
        silo.UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = "Npgsql";
            clustering.ConnectionString = PostgreSqlMembership.ConnectionString(store.ConnectionString!, store.Schema);
        });
        silo.Configure<Orleans.Configuration.ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.Cluster.Id;
            cluster.ServiceId = options.Cluster.ServiceId;
        });
        if (options.Cluster.Kubernetes)
        {
            // Before the addresses: it sets those of the pod, and the ports stay ours.
            silo.UseKubernetesHosting();
        }

        silo.Configure<EndpointOptions>(endpoints => Listen(endpoints, options));
        silo.Configure<SiloMessagingOptions>(messaging =>
        {
            // What a connection that breaks had on its way is never answered. The directory of grains waits for it so long, and whoever
            // looks for a queue in the part that it hands over waits with it.
            messaging.SystemResponseTimeout = TimeSpan.FromSeconds(10);
        });
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            // Orleans' 5 s and three misses are made for clusters of hundreds. A silo is probed by others directly, and a probe that
            // is late is repeated by way of a third silo; three misses of 1.5 s leave room to read the table within 10 s in all.
            membership.ProbeTimeout = options.Cluster.ProbeTimeout;
            membership.NumMissedProbesLimit = 3;

            // Gossip tells of changes at once; the table is read besides in case it was lost.
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);

            // Votes of silos that have died themselves since should not linger beyond the detection that they belong to.
            membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(30);

            // A silo that was killed leaves its row behind; nobody asks for it after an hour.
            membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
            membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
        });
    }

    private static void Listen(EndpointOptions endpoints, ServerOptions options)
    {
        var silo = options.Silo;
        endpoints.SiloPort = silo.Port;
        endpoints.GatewayPort = silo.GatewayPort;
        endpoints.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Parse(silo.GatewayAddress), silo.GatewayPort);
        if (options.Cluster.Kubernetes)
        {
            endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Any, silo.Port);
            return;
        }

        endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Parse(silo.Address), silo.Port);
        endpoints.AdvertisedIPAddress = IPAddress.Parse(silo.AdvertisedAddress ?? silo.Address);
    }
}
