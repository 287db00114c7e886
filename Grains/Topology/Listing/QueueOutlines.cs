using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;
using OrleansBroker.Grains.Topology.Sweeping;

namespace OrleansBroker.Grains.Topology.Listing;

/// <summary>
/// Counts queues. Few are counted whenever somebody asks; many, which takes longer than an answer may, in the background, and whoever
/// asks gets the last count, which brings the next one about. The names of many are kept for those who look for some of them.
/// </summary>
internal sealed partial class QueueOutlines(
    ITopologyStore store, QueueSweep sweep, QueueChanges changes, TimeProvider time, ILogger<QueueOutlines> log) : BackgroundService
{
    // A row at such a distance is found in a fraction of a millisecond, and a million queues have a thousand marks.
    private const int Stride = 1_000;

    // So many are counted in some ten milliseconds.
    private const long Few = 10_000;

    // Counting takes no more than a fiftieth of the time.
    private const int Rest = 50;

    // Octets of names that the silo keeps: those of more than two million queues whose names are of a usual length.
    private const long NameRoom = 64 << 20;

    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>The virtual host's.</summary>
    public async ValueTask<QueueOutline> GetAsync(string virtualHost, CancellationToken cancellationToken) =>
        (await GetEntryAsync(virtualHost, cancellationToken)).Outline;

    /// <summary>The names of the virtual host's queues; null: they are too many to be kept.</summary>
    public async ValueTask<IQueueNames?> GetNamesAsync(string virtualHost, CancellationToken cancellationToken) =>
        await GetEntryAsync(virtualHost, cancellationToken) is { Names: { } names } entry ? new QueueNames(names, entry.Changes?.Read() ?? []) : null;

    /// <summary>Keeps nothing of a virtual host that is gone.</summary>
    public void Forget(string virtualHost) => Replace(virtualHost, null);

    private async ValueTask<Entry> GetEntryAsync(string virtualHost, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(virtualHost, out var entry) || entry.Outline.Count <= Few)
        {
            return await CountAsync(virtualHost, cancellationToken);
        }

        if (time.GetElapsedTime(entry.CountedAt) > entry.Duration * Rest && Interlocked.Exchange(ref entry.IsCounted, 1) == 0)
        {
            _ = RefreshAsync(virtualHost, CancellationToken.None);
        }

        return entry;
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
            Forget(virtualHost);
        }
    }

    private async Task<Entry> CountAsync(string virtualHost, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var opened = changes.Open(virtualHost);
        try
        {
            var count = 0L;
            var marks = new List<string>();
            var names = new NameBlock.Builder(NameRoom - _known.Where(other => other.Key != virtualHost).Sum(static other => other.Value.Names?.Octets ?? 0));
            await foreach (var row in store.ScanAsync(TopologyKeys.Queues(virtualHost), null, cancellationToken))
            {
                var name = TopologyKeys.QueueOf(row.Key).Name;
                if (DelayQueue.IsNameOfOne(name))
                {
                    continue;
                }

                names.Add(name);
                if (++count % Stride == 0)
                {
                    marks.Add(name);
                }
            }

            var outline = new QueueOutline(count, Stride, marks);
            var (countedAt, duration) = (time.GetTimestamp(), time.GetElapsedTime(start));
            if (count <= Few || names.Build() is not { } block)
            {
                Replace(virtualHost, new Entry(outline, null, null, countedAt, duration));
                return new Entry(outline, names.Build(), null, countedAt, duration);
            }

            var entry = new Entry(outline, block, opened, countedAt, duration);
            Replace(virtualHost, entry);
            opened = null;
            return entry;
        }
        finally
        {
            if (opened is not null)
            {
                changes.Close(virtualHost, opened);
            }
        }
    }

    private void Replace(string virtualHost, Entry? entry)
    {
        lock (_gate)
        {
            if (_known.TryRemove(virtualHost, out var before) && before.Changes is { } read)
            {
                changes.Close(virtualHost, read);
            }

            if (entry is not null)
            {
                _known[virtualHost] = entry;
            }
        }
    }

    [LoggerMessage(2902, LogLevel.Warning, "The queues of virtual host {VirtualHost} could not be counted.")]
    private static partial void LogFailed(ILogger logger, Exception failure, string virtualHost);

    private sealed class Entry(QueueOutline outline, NameBlock? names, ChangeLog? changes, long countedAt, TimeSpan duration)
    {
        public QueueOutline Outline => outline;

        public NameBlock? Names => names;

        // What came and went since the names were read.
        public ChangeLog? Changes => changes;

        public long CountedAt => countedAt;

        public TimeSpan Duration => duration;

        // 1 while the next count is under way.
        public int IsCounted;
    }
}
