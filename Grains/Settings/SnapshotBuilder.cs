using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Interfaces.Policies;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Policies;

namespace OrleansBroker.Grains.Settings;

/// <summary>Makes a snapshot of rows. What a row says is taken over from the snapshot before where the row is the same.</summary>
internal sealed class SnapshotBuilder(SettingsSnapshot before)
{
    private readonly Dictionary<string, SettingsRow> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredUser> _users = new(StringComparer.Ordinal);
    private readonly List<(string User, string VirtualHost, string? Exchange, StoredGrants Grants)> _grants = [];
    private readonly Dictionary<string, StoredVirtualHost> _virtualHosts = new(StringComparer.Ordinal);
    private readonly List<MatchedPolicy> _policies = [];

    public void Add(TopologyRow row)
    {
        var parts = SettingsKeys.Parts(row.Key);
        var known = before.Rows.GetValueOrDefault(row.Key);
        var setting = known is not null && known.Value.AsSpan().SequenceEqual(row.Value) ? known.Setting : Parse(parts, row.Value);
        if (setting is null)
        {
            return;
        }

        _rows[row.Key] = new SettingsRow(row.Value, setting);
        switch (setting)
        {
            case StoredUser user:
                _users[user.Definition.Name] = user.WithoutGrants();
                break;
            case StoredGrants grants:
                _grants.Add((parts[1], parts[2], parts.Length > 3 ? parts[3] : null, grants));
                break;
            case StoredVirtualHost virtualHost:
                _virtualHosts[virtualHost.Definition.Name] = virtualHost;
                break;
            case MatchedPolicy policy:
                _policies.Add(policy);
                break;
            default:
                break;
        }
    }

    public SettingsSnapshot Build(long lease)
    {
        foreach (var (user, virtualHost, exchange, grants) in _grants)
        {
            // Of another incarnation: what a user of this name left when it was deleted in between.
            if (_users.TryGetValue(user, out var owner) && owner.Incarnation == grants.UserIncarnation)
            {
                owner.Add(virtualHost, exchange, grants);
            }
        }

        return new SettingsSnapshot
        {
            Lease = lease,
            Users = _users,
            VirtualHosts = _virtualHosts,
            Policies = _policies.GroupBy(policy => policy.Policy.VirtualHost, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => Reuse(group.Key, new PolicySet(group)), StringComparer.Ordinal),
            Rows = _rows,
        };
    }

    // The same set while nothing in it changed: who compares sees that nothing is to be done.
    private PolicySet Reuse(string virtualHost, PolicySet set) =>
        before.Policies.GetValueOrDefault(virtualHost) is { } known && known.IsSame(set) ? known : set;

    private static object? Parse(string[] parts, byte[] value) => parts[0] switch
    {
        SettingsKeys.UserKind => new StoredUser(SettingsRows.User(parts[1], value, out var incarnation), incarnation),
        SettingsKeys.PermissionKind => new StoredGrants(SettingsRows.Patterns(value, 3, out var owner), owner),
        SettingsKeys.TopicPermissionKind => new StoredGrants(SettingsRows.Patterns(value, 2, out var owner), owner),
        SettingsKeys.VirtualHostKind => new StoredVirtualHost(SettingsRows.VirtualHost(parts[1], value, out var incarnation), incarnation),
        SettingsKeys.PolicyKind => new MatchedPolicy(SettingsRows.Policy(PolicyKind.Policy, parts[1], parts[2], value)),
        SettingsKeys.OperatorPolicyKind => new MatchedPolicy(SettingsRows.Policy(PolicyKind.OperatorPolicy, parts[1], parts[2], value)),
        // Of a newer version of the broker.
        _ => null,
    };
}
