using OrleansBroker.Grains.Queues.Live;
using OrleansBroker.Grains.Settings;

namespace OrleansBroker.Grains.Policies;

/// <summary>Gives queues that open the policies that hold, and keeps them told.</summary>
internal sealed class QueuePolicies(SettingsCache settings, OpenQueues open)
{
    /// <summary>The policies of a virtual host, for a queue that is about to open.</summary>
    public async ValueTask<PolicySet> OfAsync(string virtualHost) => (await settings.GetAsync()).PoliciesOf(virtualHost);

    /// <summary>The queue is open with these policies; it is told of others from now on.</summary>
    public void Opened(LiveQueue queue, PolicySet policies)
    {
        open.Add(queue);
        // Those that came before it was among the open ones.
        var latest = settings.Latest.PoliciesOf(queue.Definition.Id.VirtualHost);
        if (latest != policies)
        {
            queue.Apply(latest);
        }
    }

    public void Closed(LiveQueue queue) => open.Remove(queue);
}
