using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Settings;

/// <summary>What has to stand for a setting to be made.</summary>
internal static class SettingsRequirements
{
    /// <summary>The virtual host exists, and the commit holds only while it does: its deletion removes what is set in it.</summary>
    /// <exception cref="BrokerException">404: it does not exist.</exception>
    public static async ValueTask VirtualHostAsync(SettingsChanges changes, string name)
    {
        var row = await changes.ReadAsync(TopologyKeys.VirtualHost(name));
        if (row is null || TopologyRows.Number(row) == VirtualHostRows.Deleting)
        {
            throw new BrokerException(ReplyCode.NotFound, $"no vhost '{name}'");
        }
    }
}
