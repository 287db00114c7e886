using OrleansBroker.Grains.Settings;

namespace OrleansBroker.Grains.Topology;

/// <summary>Removes what was set in a virtual host that is being deleted.</summary>
internal sealed class VirtualHostCleaning(SettingsWriter writer)
{
    /// <summary>Completes when no silo goes by any of it. Nothing can be set meanwhile: a commit expects that the virtual host is live.</summary>
    public Task RemoveSettingsAsync(string name) => writer.ChangeAsync(async changes =>
    {
        await foreach (var row in writer.Store.ScanAsync(SettingsKeys.All, null, CancellationToken.None))
        {
            var parts = SettingsKeys.Parts(row.Key);
            var owner = parts[0] switch
            {
                SettingsKeys.PermissionKind or SettingsKeys.TopicPermissionKind => parts[2],
                SettingsKeys.VirtualHostKind or SettingsKeys.PolicyKind or SettingsKeys.OperatorPolicyKind => parts[1],
                _ => null,
            };
            if (owner == name)
            {
                changes.Write(row.Key, null);
            }
        }

        await changes.DeleteAllAsync(Parameters.Parameters.KeysOf(name));
    });
}
