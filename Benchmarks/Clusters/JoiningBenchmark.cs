using System.Globalization;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.ClientLib;

namespace OrleansBroker.Benchmarks.Clusters;

/// <summary>
/// A third silo joins two that are at work: when it has its share of the open queues, and the longest time that a consumer of any queue went
/// without a message meanwhile. Options: <c>--connection</c>, <c>--queues</c> (30), <c>--pace</c> milliseconds between two messages of a
/// queue (20), <c>--joins</c> (5): each time the third silo leaves again, and its queues go back.
/// </summary>
internal static class JoiningBenchmark
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        await using var cluster = await SiloCluster.StartAsync(arguments, 2);
        if (cluster is null)
        {
            return 1;
        }

        var queues = arguments.Number("queues", 30);
        await using var publishing = await Connection.OpenAsync(cluster.Silos[0].Address);
        await using var consuming = await Connection.OpenAsync(cluster.Silos[1].Address);
        using var stop = new CancellationTokenSource();
        var traffic = new List<PacedQueue>();
        for (var i = 0; i < queues; i++)
        {
            traffic.Add(await PacedQueue.StartAsync($"joining-{i}", publishing, consuming, TimeSpan.FromMilliseconds(arguments.Number("pace", 20)), stop.Token));
        }

        await Task.Delay(Settle, TimeProvider.System);
        Console.WriteLine($"{queues} queues at {1000.0 / arguments.Number("pace", 20):0} messages/s each; longest pause of a consumer before anybody joins: {Pause(traffic)}");
        for (var join = 0; join < arguments.Number("joins", 5); join++)
        {
            var silo = await cluster.AddAsync();
            traffic.ForEach(each => each.ForgetPause());
            var since = TimeProvider.System.GetTimestamp();
            await ShareAsync(silo, queues);
            var shared = TimeProvider.System.GetElapsedTime(since);
            await Task.Delay(Settle, TimeProvider.System);
            Console.WriteLine($"Join {join + 1}: shared out after {Seconds(shared)}, longest pause of a consumer {Pause(traffic)}");
            traffic.ForEach(each => each.ForgetPause());
            await silo.StopAsync();
            await Task.Delay(Settle, TimeProvider.System);
            Console.WriteLine($"  it left: longest pause of a consumer {Pause(traffic)}");
        }

        await stop.CancelAsync();
        await Task.WhenAll(traffic.Select(each => each.Publishing));
        return 0;
    }

    /// <summary>Waits until every silo has three quarters of its share.</summary>
    private static async Task ShareAsync(ClusterSilo silo, int queues)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var timer = new PeriodicTimer(Look);
        while ((await silo.GetAsync("nodes")).AsArray() is var nodes && (nodes.Count < 3 || nodes.Min(node => (int)node!["queues"]!) < queues / 4))
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static string Pause(List<PacedQueue> traffic) => Seconds(traffic.Max(each => each.LongestPause));

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    /// <summary>A queue with a publisher that keeps a pace and a consumer that acks.</summary>
    private sealed class PacedQueue
    {
        private readonly Lock _lock = new();
        private TimeSpan _longest;
        private long _last;

        public Task Publishing { get; private set; } = Task.CompletedTask;

        public TimeSpan LongestPause
        {
            get
            {
                lock (_lock)
                {
                    return _longest;
                }
            }
        }

        public static async Task<PacedQueue> StartAsync(string queue, Connection publishing, Connection consuming, TimeSpan pace, CancellationToken stop)
        {
            await publishing.CreateQueueAsync(queue, cancellationToken: stop);
            var started = new PacedQueue();
            await consuming.SubscribeAsync(_ => started.Came(), queue, cancellationToken: CancellationToken.None);
            started.Publishing = Task.Run(() => PublishAsync(publishing, queue, pace, stop), CancellationToken.None);
            return started;
        }

        public void ForgetPause()
        {
            lock (_lock)
            {
                _longest = TimeSpan.Zero;
            }
        }

        private void Came()
        {
            lock (_lock)
            {
                var now = TimeProvider.System.GetTimestamp();
                var pause = _last == 0 ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(_last, now);
                (_longest, _last) = (pause > _longest ? pause : _longest, now);
            }
        }

        private static async Task PublishAsync(Connection connection, string queue, TimeSpan pace, CancellationToken stop)
        {
            using var timer = new PeriodicTimer(pace);
            while (!stop.IsCancellationRequested)
            {
                await connection.PublishAsync("paced", queue: queue, cancellationToken: CancellationToken.None);
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
