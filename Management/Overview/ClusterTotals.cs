using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Management.Json;

namespace OrleansBroker.Management.Overview;

/// <summary>
/// Messages of all queues, those that sleep included. Few queues are added up whenever somebody asks; many in the background, one sum at a
/// time, and whoever asks gets the last one.
/// </summary>
internal sealed class ClusterTotals(ITopology topology, IClusterActivity activity, TimeProvider time)
{
    private const int ChunkQueues = 1_000;

    // So many are added up in some ten milliseconds.
    private const long Few = 5_000;

    // Adding up takes no more than a fiftieth of the time.
    private const int Rest = 50;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Sum> _sums = new(StringComparer.Ordinal);

    /// <summary>Those of some virtual hosts, and how many queues they have.</summary>
    public async Task<(QueueTotalsItem Messages, long Queues)> OfAsync(IReadOnlyList<string> virtualHosts, CancellationToken cancellationToken)
    {
        var (total, queues) = (new Figures(), 0L);
        foreach (var virtualHost in virtualHosts)
        {
            var count = (await topology.OutlineQueuesAsync(virtualHost, cancellationToken)).Count;
            queues += count;
            total += await (count <= Few ? AddUpAsync(virtualHost, cancellationToken) : LastAsync(virtualHost).WaitAsync(cancellationToken));
        }

        return (
            new QueueTotalsItem
            {
                Messages = total.Ready + total.Unacked,
                MessagesDetails = RateItem.Of(total.ReadyRate + total.UnackedRate),
                MessagesReady = total.Ready,
                MessagesReadyDetails = RateItem.Of(total.ReadyRate),
                MessagesUnacknowledged = total.Unacked,
                MessagesUnacknowledgedDetails = RateItem.Of(total.UnackedRate),
            },
            queues);
    }

    /// <summary>The last sum; the first one is waited for.</summary>
    private Task<Figures> LastAsync(string virtualHost)
    {
        lock (_lock)
        {
            if (!_sums.TryGetValue(virtualHost, out var sum))
            {
                _sums[virtualHost] = sum = new Sum();
                sum.Last = sum.Next = RefreshAsync(virtualHost, sum);
            }
            else if (sum.Next.IsCompleted)
            {
                sum.Last = sum.Next.IsCompletedSuccessfully ? sum.Next : sum.Last;
                if (!sum.Last.IsCompletedSuccessfully || time.GetElapsedTime(sum.At) >= sum.Duration * Rest)
                {
                    sum.Next = RefreshAsync(virtualHost, sum);
                }
            }

            return sum.Last.IsCompletedSuccessfully ? sum.Last : sum.Next;
        }
    }

    private async Task<Figures> RefreshAsync(string virtualHost, Sum sum)
    {
        var start = time.GetTimestamp();
        try
        {
            return await Task.Run(() => AddUpAsync(virtualHost, CancellationToken.None));
        }
        finally
        {
            (sum.At, sum.Duration) = (time.GetTimestamp(), time.GetElapsedTime(start));
        }
    }

    private async Task<Figures> AddUpAsync(string virtualHost, CancellationToken cancellationToken)
    {
        var total = new Figures();
        await foreach (var chunk in topology.ListQueuesAsync(virtualHost, cancellationToken).Chunk(ChunkQueues).WithCancellation(cancellationToken))
        {
            foreach (var queue in await activity.ReadQueuesAsync(chunk, cancellationToken))
            {
                total += new Figures(queue.Ready, queue.Unacked, queue.ReadyRate, queue.UnackedRate);
            }
        }

        return total;
    }

    private sealed class Sum
    {
        public Task<Figures> Last { get; set; } = null!;

        public Task<Figures> Next { get; set; } = null!;

        public long At { get; set; }

        public TimeSpan Duration { get; set; }
    }

    private readonly record struct Figures(long Ready, long Unacked, double ReadyRate, double UnackedRate)
    {
        public static Figures operator +(Figures one, Figures other) =>
            new(one.Ready + other.Ready, one.Unacked + other.Unacked, one.ReadyRate + other.ReadyRate, one.UnackedRate + other.UnackedRate);
    }
}
