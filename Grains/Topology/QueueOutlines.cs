using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;
using OrleansBroker.Grains.Topology.Sweeping;

namespace OrleansBroker.Grains.Topology;

/// <summary>
/// Counts queues. Few are counted whenever somebody asks; many, which takes longer than an answer may, in the background, and whoever
/// asks gets the last count, which brings the next one about.
/// </summary>
internal sealed partial class QueueOutlines(ITopologyStore store, QueueSweep sweep, TimeProvider time, ILogger<QueueOutlines> log) : BackgroundService
{
    // A row at such a distance is found in a fraction of a millisecond, and a million queues have a thousand marks.
    private const int Stride = 1_000;

    // So many are counted in some ten milliseconds.
    private const long Few = 10_000;

    // Counting takes no more than a fiftieth of the time.
    private const int Rest = 50;

    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);

    /// <summary>The virtual host's.</summary>
    public async ValueTask<QueueOutline> GetAsync(string virtualHost, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(virtualHost, out var entry) || entry.Outline.Count <= Few)
        {
            return (await CountAsync(virtualHost, cancellationToken)).Outline;
        }

        if (time.GetElapsedTime(entry.CountedAt) > entry.Duration * Rest && Interlocked.Exchange(ref entry.IsCounted, 1) == 0)
        {
            _ = RefreshAsync(virtualHost, CancellationToken.None);
        }

        return entry.Outline;
    }

    /// <summary>Counts what is there from the start, so that nobody waits for the first count of many.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await sweep.Started.WaitAsync(stoppingToken);
        await foreach (var row in store.ScanAsync(TopologyKeys.VirtualHosts, null, stoppingToken))
        {
            await RefreshAsync(TopologyKeys.Parts(row.Key, 1)[0], stoppingToken);
        }
    }

    private async Task RefreshAsync(string virtualHost, CancellationToken cancellationToken)
    {
        try
        {
            await CountAsync(virtualHost, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever asks next counts, and is told what is wrong.
            LogFailed(log, failure, virtualHost);
            _known.TryRemove(virtualHost, out _);
        }
    }

    private async Task<Entry> CountAsync(string virtualHost, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var count = 0L;
        var marks = new List<string>();
        await foreach (var row in store.ScanAsync(TopologyKeys.Queues(virtualHost), null, cancellationToken))
        {
            var name = TopologyKeys.QueueOf(row.Key).Name;
            if (!DelayQueue.IsNameOfOne(name) && ++count % Stride == 0)
            {
                marks.Add(name);
            }
        }

        return _known[virtualHost] = new Entry(new QueueOutline(count, Stride, marks), time.GetTimestamp(), time.GetElapsedTime(start));
    }

    [LoggerMessage(2902, LogLevel.Warning, "The queues of virtual host {VirtualHost} could not be counted.")]
    private static partial void LogFailed(ILogger logger, Exception failure, string virtualHost);

    private sealed class Entry(QueueOutline outline, long countedAt, TimeSpan duration)
    {
        public QueueOutline Outline => outline;

        public long CountedAt => countedAt;

        public TimeSpan Duration => duration;

        // 1 while the next count is under way.
        public int IsCounted;
    }
}
