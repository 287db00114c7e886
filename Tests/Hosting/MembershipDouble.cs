using System.Collections.Immutable;

namespace OrleansBroker.Tests.Hosting;

/// <summary>A table of members that a test writes, and that is known once it is read.</summary>
internal sealed class MembershipDouble : IClusterMembershipService
{
    private ImmutableDictionary<SiloAddress, ClusterMember> _table = ImmutableDictionary<SiloAddress, ClusterMember>.Empty;

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } =
        new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, MembershipVersion.MinValue);

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public void Write(SiloAddress silo, SiloStatus status) => _table = _table.SetItem(silo, new ClusterMember(silo, status, silo.ToParsableString()));

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
    {
        CurrentSnapshot = new(_table, new MembershipVersion(CurrentSnapshot.Version.Value + 1));
        return ValueTask.CompletedTask;
    }

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
}
