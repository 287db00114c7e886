using System.Collections.Concurrent;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>
/// Versions of the virtual hosts' rows. What creates something in a virtual host commits under the expectation that its row still
/// has this version, so that nothing can be created in one that is being deleted.
/// </summary>
internal sealed class VirtualHostRows(ITopologyStore store)
{
    /// <summary>The state of a virtual host that can be used.</summary>
    public const long Live = 0;

    /// <summary>The state of a virtual host that does not have all yet that it begins with; whoever finds it goes on.</summary>
    public const long Creating = 1;

    /// <summary>The state of a virtual host whose deletion has begun: it counts as gone.</summary>
    public const long Deleting = 2;

    private readonly ConcurrentDictionary<string, long> _versions = new(StringComparer.Ordinal);

    /// <summary>The version of the live row, as it was seen last: a commit tells whether it still holds.</summary>
    /// <exception cref="BrokerException">530: there is no such virtual host.</exception>
    public async ValueTask<long> RequireAsync(string name, CancellationToken cancellationToken)
    {
        if (_versions.TryGetValue(name, out var version))
        {
            return version;
        }

        var row = await store.GetAsync(TopologyKeys.VirtualHost(name), cancellationToken);
        if (row is null || TopologyRows.Number(row) == Deleting)
        {
            throw new BrokerException(ReplyCode.NotAllowed, $"vhost '{name}' not found");
        }

        _versions[name] = row.Version;
        return row.Version;
    }

    /// <summary>Whether it exists for clients: completely made, and not being deleted.</summary>
    public async ValueTask<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        var row = await store.GetAsync(TopologyKeys.VirtualHost(name), cancellationToken);
        return row is not null && TopologyRows.Number(row) == Live;
    }

    /// <summary>A commit's expectation failed, maybe this one: read anew.</summary>
    public void Forget(string name) => _versions.TryRemove(name, out _);
}
