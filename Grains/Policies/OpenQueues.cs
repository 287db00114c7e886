using System.Collections.Concurrent;
using OrleansBroker.Grains.Queues.Live;
using OrleansBroker.Grains.Settings;

namespace OrleansBroker.Grains.Policies;

/// <summary>
/// The queues that are open on this silo, to be told of policies that changed. Each is told in a turn of its own grain, by the grain's
/// scheduler: a call would wake a queue that has gone to sleep meanwhile.
/// </summary>
internal sealed class OpenQueues : ISettingsListener
{
    private readonly ConcurrentDictionary<LiveQueue, TaskScheduler> _queues = new();

    /// <summary>The queue is open; to be called in its grain's turn.</summary>
    public void Add(LiveQueue queue) => _queues[queue] = TaskScheduler.Current;

    public void Remove(LiveQueue queue) => _queues.TryRemove(queue, out _);

    public Task ApplyAsync(SettingsSnapshot before, SettingsSnapshot now)
    {
        if (PolicySet.AreSame(before.Policies, now.Policies))
        {
            return Task.CompletedTask;
        }

        var told = new List<Task>();
        foreach (var (queue, scheduler) in _queues)
        {
            var policies = now.PoliciesOf(queue.Definition.Id.VirtualHost);
            if (policies != before.PoliciesOf(queue.Definition.Id.VirtualHost))
            {
                told.Add(Task.Factory.StartNew(() => queue.Apply(policies), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler));
            }
        }

        return Task.WhenAll(told);
    }
}
