using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Policies;

namespace OrleansBroker.Grains.Settings;

/// <summary>All users, permissions, virtual hosts' settings and policies, as they stood at one time. Never changes.</summary>
internal sealed class SettingsSnapshot
{
    /// <summary>No settings at all.</summary>
    public static readonly SettingsSnapshot Empty = new();

    /// <summary>The number of the lease under which it was read.</summary>
    public long Lease { get; init; } = -1;

    /// <summary>The stored users by name.</summary>
    public IReadOnlyDictionary<string, StoredUser> Users { get; init; } = new Dictionary<string, StoredUser>();

    /// <summary>What the virtual hosts have besides a name; one of which nothing was ever said is not among them.</summary>
    public IReadOnlyDictionary<string, StoredVirtualHost> VirtualHosts { get; init; } = new Dictionary<string, StoredVirtualHost>();

    /// <summary>The policies by virtual host.</summary>
    public IReadOnlyDictionary<string, PolicySet> Policies { get; init; } = new Dictionary<string, PolicySet>();

    /// <summary>The rows that it was made of: what has not changed is taken over by the next.</summary>
    internal IReadOnlyDictionary<string, SettingsRow> Rows { get; init; } = new Dictionary<string, SettingsRow>();

    /// <summary>The policies of a virtual host.</summary>
    public PolicySet PoliciesOf(string virtualHost) => Policies.GetValueOrDefault(virtualHost) ?? PolicySet.None;

    /// <summary>A limit of a virtual host; null: none.</summary>
    public long? VirtualHostLimit(string virtualHost, string name) =>
        VirtualHosts.GetValueOrDefault(virtualHost)?.Definition.Limits is { } limits && limits.TryGetValue(name, out var limit) && limit >= 0 ? limit : null;

    /// <summary>A limit of a user; null: none.</summary>
    public long? UserLimit(string user, string name) =>
        Users.GetValueOrDefault(user)?.Definition.Limits is { } limits && limits.TryGetValue(name, out var limit) && limit >= 0 ? limit : null;
}

/// <summary>A row's value, and what it says.</summary>
internal sealed record SettingsRow(byte[] Value, object Setting);
