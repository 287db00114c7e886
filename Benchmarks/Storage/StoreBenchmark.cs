using System.Globalization;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.Grains.Interfaces.Messages;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.PostgreSql;
using OrleansBroker.Storage.RocksDb;

namespace OrleansBroker.Benchmarks.Storage;

/// <summary>
/// Durable messages a second through the embedded store: each is put and synced, and later removed. Arguments: seconds a case
/// (default 5) and, for one case alone, its queues and its batch; <c>backlog</c> with a count (default 5,000,000) for a long queue that is written, reopened and drained; <c>rows</c>
/// with a count (default 1,000,000) for definitions. <c>--connection</c> with a connection string measures PostgreSQL instead, with a
/// schema of its own that it drops; <c>shapes</c> with it compares shapes of rows there (seconds, batch, octets).
/// </summary>
internal static class StoreBenchmark
{
    private const int Size = 1024;
    private static readonly (int Queues, int Batch)[] Cases = [(1, 16), (1, 64), (1, 1024), (16, 1), (16, 16), (16, 64), (64, 16)];
    private static readonly byte[] Persistent = [0x10, 0x00, 2];

    public static async Task<int> RunAsync(string[] args)
    {
        if (new Arguments(args).Text("connection") is { } connection)
        {
            string[] rest = [.. args.Where((word, i) => word != "--connection" && args.ElementAtOrDefault(i - 1) != "--connection")];
            return rest.FirstOrDefault() == "shapes"
                ? await RowShapes.RunAsync(connection, Number(rest, 1, 60), Number(rest, 2, 512), Number(rest, 3, Size))
                : await SharedAsync(connection, rest);
        }

        var path = Path.Combine(Path.GetTempPath(), $"orleansbroker-store-{Environment.ProcessId}");
        try
        {
            switch (args.FirstOrDefault())
            {
                case "backlog":
                    await BacklogAsync(path, Number(args, 1, 5_000_000));
                    break;
                case "rows":
                    await RowsAsync(path, Number(args, 1, 1_000_000));
                    break;
                default:
                    var one = (Number(args, 1, 1), Number(args, 2, 16));
                    await ThroughputAsync(path, Number(args, 0, 5), args.Length > 1 ? [one] : Cases);
                    break;
            }
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }

        return 0;
    }

    private static async Task<int> SharedAsync(string connection, string[] args)
    {
        var options = new PostgreSqlOptions { ConnectionString = connection, Schema = $"benchmark_{Environment.ProcessId}" };
        await using (var store = await PostgreSqlStore.OpenAsync(options))
        {
            var one = (Number(args, 1, 1), Number(args, 2, 16));
            await ThroughputAsync(store.Queues, Number(args, 0, 5), args.Length > 1 ? [one] : Cases);
        }

        await using var source = Npgsql.NpgsqlDataSource.Create(connection);
        await using var size = source.CreateCommand($"select pg_total_relation_size('{options.Schema}.message') >> 20");
        Console.WriteLine($"The table of messages has {await size.ExecuteScalarAsync()} MiB.");
        await using var drop = source.CreateCommand($"drop schema {options.Schema} cascade");
        await drop.ExecuteNonQueryAsync();
        return 0;
    }

    private static async Task ThroughputAsync(string path, int seconds, (int Queues, int Batch)[] cases)
    {
        await using var store = RocksDbStore.Open(new RocksDbOptions { Path = path });
        await ThroughputAsync(store.Queues, seconds, cases);
    }

    private static async Task ThroughputAsync(IQueueStore store, int seconds, (int Queues, int Batch)[] cases)
    {
        Console.WriteLine("queues  a batch  durable messages/s  commits/s  user µs  system µs a message");
        var incarnation = 0L;
        foreach (var (queues, batch) in cases)
        {
            var end = TimeProvider.System.GetTimestamp() + (seconds * TimeProvider.System.TimestampFrequency);
            var first = incarnation;
            incarnation += queues;
            var started = TimeProvider.System.GetTimestamp();
            var before = Environment.CpuUsage;
            var counts = await Task.WhenAll(Enumerable.Range(0, queues).Select(i => Task.Run(() => FillAndDrainAsync(store, first + i, batch, end))));
            var elapsed = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            var used = Environment.CpuUsage;
            var user = (used.UserTime - before.UserTime).TotalMicroseconds / counts.Sum();
            var system = (used.PrivilegedTime - before.PrivilegedTime).TotalMicroseconds / counts.Sum();
            Console.WriteLine($"{queues,6}  {batch,7}  {counts.Sum() / elapsed,18:N0}  {counts.Sum() / batch / elapsed,9:N0}  {user,7:N2}  {system,9:N2}");
        }
    }

    /// <summary>Each write adds a batch and removes the one before last: what a queue with consumers that keep up writes.</summary>
    private static async Task<long> FillAndDrainAsync(IQueueStore store, long queue, int batch, long end)
    {
        var epoch = (await store.AcquireAsync(queue, CancellationToken.None)).Epoch;
        var next = 1L;
        while (TimeProvider.System.GetTimestamp() < end)
        {
            var removed = next - (2 * batch);
            var write = Write(queue, epoch, next, batch) with { Removed = removed > 0 ? [new MessageRange(0, removed, removed + batch - 1)] : [] };
            if (!await store.CommitAsync(write))
            {
                throw new InvalidOperationException("The store refused its owner.");
            }

            next += batch;
        }

        return next - 1;
    }

    private static async Task BacklogAsync(string path, int count)
    {
        const int Batch = 512;
        var options = new RocksDbOptions { Path = path };
        var store = RocksDbStore.Open(options);
        var epoch = (await store.Queues.AcquireAsync(1, CancellationToken.None)).Epoch;
        var started = TimeProvider.System.GetTimestamp();
        for (var next = 1L; next <= count; next += Batch)
        {
            await store.Queues.CommitAsync(Write(1, epoch, next, Batch));
        }

        Report("enqueued", count, started);
        started = TimeProvider.System.GetTimestamp();
        await store.DisposeAsync();
        Report("closed", 0, started);
        started = TimeProvider.System.GetTimestamp();
        store = RocksDbStore.Open(options);
        epoch = (await store.Queues.AcquireAsync(1, CancellationToken.None)).Epoch;
        Report("opened and acquired", 0, started);
        started = TimeProvider.System.GetTimestamp();
        for (var first = 1L; first <= count;)
        {
            var read = await store.Queues.ReadAsync(1, new MessageRange(0, first, first + 1023), 1024, CancellationToken.None);
            if (read.Count == 0 || read[0].Position.Sequence != first)
            {
                throw new InvalidOperationException($"Message {first} is missing.");
            }

            var last = read[^1].Position.Sequence;
            await store.Queues.CommitAsync(Write(1, epoch, count + 1, 0) with { Removed = [new MessageRange(0, first, last)] });
            first = last + 1;
        }

        Report("drained", count, started);
        await store.DisposeAsync();
    }

    private static async Task RowsAsync(string path, int count)
    {
        await using var store = RocksDbStore.Open(new RocksDbOptions { Path = path });
        var started = TimeProvider.System.GetTimestamp();
        for (var next = 0; next < count; next += 1000)
        {
            await store.Topology.CommitAsync(
                [.. Enumerable.Range(next, 1000).Select(i => new TopologyChange($"queue/%2F/queue-{i:D8}", new byte[150]) { ExpectedVersion = 0 })],
                CancellationToken.None);
        }

        Report("rows written", count, started);
        started = TimeProvider.System.GetTimestamp();
        var counted = await store.Topology.CountAsync("queue/", CancellationToken.None);
        Report($"counted {counted}", count, started);
        started = TimeProvider.System.GetTimestamp();
        await foreach (var row in store.Topology.ScanAsync("queue/", null, CancellationToken.None))
        {
            counted -= row.Version;
        }

        Report("scanned", count, started);
    }

    private static QueueWrite Write(long queue, long epoch, long first, int count)
    {
        var messages = new StoredMessage[count];
        for (var i = 0; i < count; i++)
        {
            messages[i] = new StoredMessage
            {
                Position = new MessagePosition(0, first + i),
                Message = new BrokerMessage("", "queue", Persistent, Body),
                EnqueuedAt = first,
            };
        }

        return new QueueWrite
        {
            Incarnation = queue,
            Epoch = epoch,
            Appended = messages,
            State = new QueueState
            {
                NextSequence = first + count,
                Bands = [new StoredBand { Priority = 0, First = 1, Durable = first, DurableBytes = first, Transient = 0, TransientBytes = 0 }],
            },
            Sync = count > 0,
        };
    }

    private static byte[] Body { get; } = MakeBody();

    private static byte[] MakeBody()
    {
        var body = new byte[Size];
        new Random(1).NextBytes(body);
        return body;
    }

    private static void Report(string what, long count, long started)
    {
        var elapsed = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var rate = count > 0 ? $"  {count / elapsed,12:N0}/s" : "";
        Console.WriteLine($"{what,-24} {elapsed,8:N2} s{rate}  resident {Environment.WorkingSet >> 20} MiB");
    }

    private static int Number(string[] args, int at, int otherwise) =>
        args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
}
