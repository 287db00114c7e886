using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace OrleansBroker.Grains.Connections;

/// <summary>
/// Where the cluster's silos listen for each other. A client's request to a gateway that it has no connection to is passed on by another
/// one, and Orleans then connects to the gateway's port as if it were a silo's: the gateway says which silo it belongs to, so that the
/// connection counts as one to that silo, and then closes it. What other silos' messages went into it meanwhile is never answered.
/// </summary>
internal sealed class SiloEndpoints(IServiceProvider services, IOptions<DevelopmentClusterMembershipOptions> development)
{
    /// <summary>Whether a silo of the cluster listens there, or did so before it left.</summary>
    public async ValueTask<bool> ContainAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        // The primary silo of a development cluster has the table of members, and is asked before there is one.
        if (endpoint.Equals(development.Value.PrimarySiloEndpoint))
        {
            return true;
        }

        // Membership itself sends to silos: it is there when one connects, and not when the connector is made.
        var membership = services.GetRequiredService<IClusterMembershipService>();
        if (IsMember(membership, endpoint))
        {
            return true;
        }

        // Others may have heard of a silo before this one.
        await membership.Refresh(cancellationToken: cancellationToken);
        return IsMember(membership, endpoint);
    }

    private static bool IsMember(IClusterMembershipService membership, EndPoint endpoint) =>
        membership.CurrentSnapshot.Members.Keys.Any(silo => silo.Endpoint.Equals(endpoint));
}
