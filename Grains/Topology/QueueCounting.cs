using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Settings;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Topology;

/// <summary>Counts a virtual host's queues, and holds them to its limit.</summary>
internal sealed class QueueCounting(ITopologyStore store, SettingsCache settings, IOptions<TopologyOptions> options)
{
    /// <summary>How many queues the virtual host has that clients see.</summary>
    public async Task<long> CountAsync(string virtualHost, CancellationToken cancellationToken) =>
        await store.CountAsync(TopologyKeys.Queues(virtualHost), cancellationToken)
        - await store.CountAsync(TopologyKeys.DelayQueues(virtualHost), cancellationToken);

    /// <summary>Refuses a queue more than the virtual host may have. The default queue, which nobody declared, does not count.</summary>
    /// <exception cref="BrokerException">406: it has as many as it may.</exception>
    public async ValueTask CheckLimitAsync(QueueId id)
    {
        if ((await settings.GetAsync()).VirtualHostLimit(id.VirtualHost, VirtualHostDefinition.MaxQueues) is not { } most
            || id.Name == options.Value.DefaultQueue)
        {
            return;
        }

        var count = await CountAsync(id.VirtualHost, CancellationToken.None);
        if (options.Value.DefaultQueue is { Length: > 0 } name
            && await store.GetAsync(TopologyKeys.Queue(new QueueId(id.VirtualHost, name)), CancellationToken.None) is not null)
        {
            count--;
        }

        if (count >= most)
        {
            throw new BrokerException(
                ReplyCode.PreconditionFailed, $"cannot declare queue '{id.Name}': queue limit in vhost '{id.VirtualHost}' ({most}) is reached");
        }
    }
}
