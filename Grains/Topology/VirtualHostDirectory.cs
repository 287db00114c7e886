using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Settings;

namespace OrleansBroker.Grains.Topology;

/// <summary>Virtual hosts with what they have besides a name.</summary>
internal sealed class VirtualHostDirectory(ITopology topology, SettingsCache settings, SettingsWriter writer) : IVirtualHosts
{
    private static readonly string[] KnownLimits = [VirtualHostDefinition.MaxConnections, VirtualHostDefinition.MaxQueues];
    private static readonly string[] QueueTypes = ["classic", "quorum", "stream"];

    public async ValueTask<VirtualHostDefinition?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var current = await settings.GetAsync(cancellationToken);
        return await topology.VirtualHostExistsAsync(name, cancellationToken) ? Describe(current, name) : null;
    }

    public async ValueTask<IReadOnlyList<VirtualHostDefinition>> ListAsync(CancellationToken cancellationToken)
    {
        var current = await settings.GetAsync(cancellationToken);
        var all = new List<VirtualHostDefinition>();
        await foreach (var name in topology.ListVirtualHostsAsync(cancellationToken))
        {
            all.Add(Describe(current, name));
        }

        return all;
    }

    public async Task<bool> PutAsync(VirtualHostDefinition virtualHost, CancellationToken cancellationToken)
    {
        Check(virtualHost);
        var isNew = !await topology.VirtualHostExistsAsync(virtualHost.Name, cancellationToken);
        if (isNew)
        {
            await topology.CreateVirtualHostAsync(virtualHost.Name, cancellationToken);
        }

        await writer.ChangeAsync(async changes =>
        {
            await SettingsRequirements.VirtualHostAsync(changes, virtualHost.Name);
            var key = SettingsKeys.VirtualHost(virtualHost.Name);
            var incarnation = 0L;
            if (await changes.ReadAsync(key) is { } row)
            {
                SettingsRows.VirtualHost(virtualHost.Name, row.Value, out incarnation);
            }

            changes.Write(key, SettingsRows.Encode(virtualHost, incarnation));
        }).WaitAsync(cancellationToken);
        return isNew;
    }

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is not { } virtualHost)
        {
            return false;
        }

        if (virtualHost.IsProtected)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"Cannot delete protected virtual host '{name}'");
        }

        await topology.DeleteVirtualHostAsync(name, cancellationToken);
        return true;
    }

    private static VirtualHostDefinition Describe(SettingsSnapshot settings, string name) =>
        settings.VirtualHosts.GetValueOrDefault(name)?.Definition ?? new VirtualHostDefinition { Name = name };

    private static void Check(VirtualHostDefinition virtualHost)
    {
        EntityNames.CheckVirtualHost(virtualHost.Name);
        if (virtualHost.DefaultQueueType is { } type && !QueueTypes.Contains(type))
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"{type} is not a valid queue type; allowed: {string.Join(", ", QueueTypes)}");
        }

        if (virtualHost.Limits.Keys.FirstOrDefault(name => !KnownLimits.Contains(name)) is { } unknown)
        {
            throw Policies.PolicyRules.Invalid($"Unrecognised terms [{{<<\"{unknown}\">>,{virtualHost.Limits[unknown]}}}] in limits");
        }
    }
}
