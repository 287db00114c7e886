namespace OrleansBroker.Grains.Topology.Sweeping;

/// <summary>Whether the silos that host the owners of exclusive queues live.</summary>
internal sealed class Owners(IClusterMembershipService membership)
{
    /// <summary>Changes when a silo comes or goes.</summary>
    public MembershipVersion Version => membership.CurrentSnapshot.Version;

    /// <summary>Whether the silo is dead, or was of an earlier cluster; its connections are gone then.</summary>
    public async ValueTask<bool> IsGoneAsync(string silo, CancellationToken cancellationToken)
    {
        var address = SiloAddress.FromParsableString(silo);
        var status = membership.CurrentSnapshot.GetSiloStatus(address);
        if (status == SiloStatus.None)
        {
            // It may have joined a moment ago, and taken a connection: ask the membership table before a queue is deleted.
            await membership.Refresh(default, cancellationToken);
            status = membership.CurrentSnapshot.GetSiloStatus(address);
        }

        return status is SiloStatus.Dead or SiloStatus.None;
    }
}
