using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage;
using OrleansBroker.Storage.RocksDb.Logs;

namespace OrleansBroker.Tests.Storage;

public sealed class RocksDbRecoveryTests : IAsyncLifetime, IDisposable
{
    private const long Queue = 3;
    private readonly StoreFolder _folder = new();

    private IQueueStore Queues => _folder.Store.Queues;

    [Fact]
    public async Task A_clean_end_keeps_everything()
    {
        var epoch = await FillAsync(sync: false);
        await _folder.ReopenAsync();

        var acquired = await Queues.AcquireAsync(Queue, default);
        Assert.Equal(epoch + 1, acquired.Epoch);
        Assert.Equal(4, acquired.State.NextSequence);
        Assert.Equal((2L, 1L), (acquired.State.Bands[0].Durable, acquired.State.Bands[0].Transient));
        Assert.Equal([(1L, 0, false), (2L, 4, true), (3L, 0, false)], await ReadAsync());
        Assert.Equal(2, (await Queues.ReadExpiringAsync(Queue, default, 10, default)).Count);
        Assert.Equal(101, await _folder.Store.Topology.AllocateAsync("s", 1, default));
        Assert.Equal(2, (await _folder.Store.Topology.GetAsync("t", default))!.Version);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_crash_of_the_process_keeps_all_that_was_committed_but_transient_messages(bool sync)
    {
        var epoch = await FillAsync(sync);
        await _folder.CrashAsync();

        Assert.Equal([(1L, 0, false), (2L, 4, true)], await ReadAsync());
        Assert.Equal(2, Assert.Single(await Queues.ReadExpiringAsync(Queue, default, 10, default)).Position.Sequence);
        var acquired = await Queues.AcquireAsync(Queue, default);
        Assert.Equal(epoch + 1, acquired.Epoch);
        var band = Assert.Single(acquired.State.Bands);
        Assert.Equal((2L, 200L + 6, 0L, 0L), (band.Durable, band.DurableBytes, band.Transient, band.TransientBytes));
        Assert.Equal(101, await _folder.Store.Topology.AllocateAsync("s", 1, default));
        Assert.Equal(2, (await _folder.Store.Topology.GetAsync("t", default))!.Version);
    }

    [Fact]
    public async Task Transient_messages_written_after_a_crash_are_counted_again()
    {
        await FillAsync(sync: true);
        await _folder.CrashAsync();
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(9) with { Transient = true }));
        await _folder.ReopenAsync();

        Assert.Equal(1, (await Queues.AcquireAsync(Queue, default)).State.Bands[0].Transient);
        Assert.Equal(9, (await ReadAsync())[^1].Sequence);
    }

    [Fact]
    public async Task A_queue_of_transient_messages_alone_is_empty_after_a_crash()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1) with { Transient = true }) with { Sync = true });
        await _folder.CrashAsync();

        var acquired = await Queues.AcquireAsync(Queue, default);
        Assert.Empty(acquired.State.Bands);
        Assert.Equal(2, acquired.State.NextSequence);
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task An_epoch_that_was_given_is_never_given_again_by_a_crashed_store()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await _folder.CrashAsync();

        Assert.False(await Queues.CommitAsync(Samples.Write(Queue, epoch + 1, Samples.Message(1))));
        Assert.Equal(epoch + 1, (await Queues.AcquireAsync(Queue, default)).Epoch);
    }

    [Fact]
    public async Task A_deleted_queue_stays_deleted_across_a_crash()
    {
        var epoch = await FillAsync(sync: true);
        await Queues.DeleteAsync(Queue, default);
        await _folder.CrashAsync();

        Assert.False(await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(5))));
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task A_torn_tail_of_the_log_is_cut_and_what_stood_before_it_is_kept()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1)) with { Sync = true });
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(2)));
        await _folder.CrashAsync(folder =>
        {
            using var log = File.OpenWrite(Log(folder));
            log.SetLength(log.Length - 20);
        });

        Assert.Equal([1L], (await ReadAsync()).Select(m => m.Sequence));
        Assert.Equal(2, (await Queues.AcquireAsync(Queue, default)).State.NextSequence);
    }

    [Fact]
    public async Task Damage_in_the_middle_of_the_log_is_not_cut_but_stops_the_opening()
    {
        var epoch = await FillAsync(sync: true);
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(4)) with { Sync = true });
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(5)) with { Sync = true });

        var exception = await Assert.ThrowsAsync<StoreException>(() => _folder.CrashAsync(folder => Flip(Log(folder), new FileInfo(Log(folder)).Length / 2)));

        Assert.Contains("cannot be opened", exception.Message, StringComparison.Ordinal);
        Assert.Contains("write-ahead log is damaged", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_before_writes_that_were_never_synced_is_a_torn_tail()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        var writes = new List<long>();
        foreach (var sequence in new[] { 1L, 2, 3, 4 })
        {
            await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(sequence, size: 10_000)) with { Sync = sequence == 1 });
            writes.Add(new FileInfo(Log(_folder.DatabasePath)).Length);
        }

        await _folder.CrashAsync(folder => Flip(Log(folder), writes[0] + 500));

        Assert.Equal([1L], (await ReadAsync()).Select(m => m.Sequence));
    }

    [Fact]
    public async Task A_log_that_lost_its_end_is_found_by_what_the_next_log_holds()
    {
        _folder.Options.WriteBufferBytes = 1 << 20;
        _folder.Options.WriteAheadLogBytes = 64 << 20;
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        for (var sequence = 1L; Directory.GetFiles(_folder.DatabasePath, "*.log").Length < 3; sequence++)
        {
            await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(sequence, size: 20_000)) with { Sync = true });
        }

        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(900)) with { Sync = true });
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(901)) with { Sync = true });
        var logs = Directory.GetFiles(_folder.DatabasePath, "*.log").Order(StringComparer.Ordinal).ToList();
        Assert.False(LogScan.Run(_folder.DatabasePath).HasHole);

        await Assert.ThrowsAsync<StoreException>(() => _folder.CrashAsync(folder =>
        {
            using var log = File.OpenWrite(Path.Combine(folder, Path.GetFileName(logs[^2])));
            log.SetLength(log.Length / 4);
        }));
    }

    [Fact]
    public async Task No_log_of_many_writes_has_a_hole()
    {
        _folder.Options.WriteBufferBytes = 1 << 20;
        _folder.Options.WriteAheadLogBytes = 4 << 20;
        await Parallel.ForAsync(0, 8, async (queue, _) =>
        {
            var epoch = (await Queues.AcquireAsync(queue, default)).Epoch;
            for (var i = 1; i < 150; i++)
            {
                var write = Samples.Write(queue, epoch, Samples.Message(i, size: i * 97 % 40_000), Samples.Message(i, 1, 10) with { Transient = true });
                await Queues.CommitAsync(write with { Sync = i % 3 == 0, Removed = [new MessageRange(0, 0, i % 50 == 0 ? 100_000 : i - 5)] });
            }
        });
        await _folder.CrashAsync(open: false);

        Assert.True(LogScan.Run(_folder.DatabasePath).Durable > 500);

        // Each by itself: between two logs there may be a hole, where the one in between was flushed and deleted and an older one is
        // kept to be written over.
        Assert.All(Directory.GetFiles(_folder.DatabasePath, "*.log"), log => Assert.False(ScanAlone(log).HasHole));
        Assert.Equal(150 - 1, (await Queues.AcquireAsync(3, default)).State.NextSequence - 1);
    }

    [Fact]
    public async Task A_damaged_table_stops_the_opening()
    {
        await FillTableAsync();

        await Assert.ThrowsAsync<StoreException>(() => _folder.CrashAsync(folder => Flip(Largest(folder, "*.sst"), 100_000)));
    }

    [Fact]
    public async Task A_missing_table_stops_the_opening()
    {
        await FillTableAsync();

        await Assert.ThrowsAsync<StoreException>(() => _folder.CrashAsync(folder => File.Delete(Largest(folder, "*.sst"))));
    }

    [Fact]
    public async Task Damage_that_was_not_looked_for_stops_the_process_when_it_is_read()
    {
        await FillTableAsync();
        _folder.Options.VerifyAtOpenBytes = 0;
        await _folder.CrashAsync(folder => Flip(Largest(folder, "*.sst"), 100_000));

        await Assert.ThrowsAsync<StoreException>(ReadToEndAsync);
        Assert.NotNull(_folder.Stopped);
    }

    [Fact]
    public async Task A_store_of_a_later_version_is_not_touched()
    {
        await FillTableAsync();
        await _folder.CloseAsync();
        using (var engine = OrleansBroker.Storage.RocksDb.Database.Open(Path.Combine(_folder.Path, "rocksdb"), _folder.Options))
        {
            using var batch = new RocksDbSharp.WriteBatch();
            batch.Put("boot"u8, [2]);
            engine.Write(batch, sync: true);
        }

        Assert.Contains("version", Assert.Throws<StoreException>(() => _folder.Store).Message, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _folder.DisposeAsync().AsTask();

    public void Dispose() => _folder.Dispose();

    /// <summary>A durable message, a requeued one that expires, a transient one that expires; a row and a sequence.</summary>
    private async Task<long> FillAsync(bool sync)
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        var write = Samples.Write(
            Queue, epoch, Samples.Message(1), Samples.Message(2) with { ExpiresAt = 5 }, Samples.Message(3) with { ExpiresAt = 4, Transient = true });
        await _folder.Store.Topology.AllocateAsync("s", 100, default);
        await _folder.Store.Topology.CommitAsync([new TopologyChange("t", [1])], default);
        await _folder.Store.Topology.CommitAsync([new TopologyChange("t", [2])], default);
        Assert.True(await Queues.CommitAsync(write with { Requeued = [new RequeuedMessage(Samples.At(2), 4)], Sync = sync }));
        return epoch;
    }

    private async Task FillTableAsync()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await Queues.CommitAsync(Samples.Write(Queue, epoch, [.. Enumerable.Range(1, 500).Select(i => Samples.Message(i, size: 1000))]));
        await _folder.ReopenAsync();
    }

    private async Task ReadToEndAsync()
    {
        for (var first = 1L; first <= 500; first++)
        {
            await Queues.ReadAsync(Queue, new MessageRange(0, first, first), 1, default);
        }
    }

    private async Task<List<(long Sequence, int Count, bool Redelivered)>> ReadAsync() =>
        [.. (await Queues.ReadAsync(Queue, Samples.All(), 100, default)).Select(m => (m.Position.Sequence, m.DeliveryCount, m.Redelivered))];

    private LogScan ScanAlone(string log)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "alone", Path.GetFileNameWithoutExtension(log))).FullName;
        File.Copy(log, Path.Combine(folder, Path.GetFileName(log)));
        return LogScan.Run(folder);
    }

    private static string Log(string folder) => Directory.GetFiles(folder, "*.log").Where(file => new FileInfo(file).Length > 0).Max(StringComparer.Ordinal)!;

    private static string Largest(string folder, string pattern) => Directory.GetFiles(folder, pattern).MaxBy(file => new FileInfo(file).Length)!;

    private static void Flip(string file, long at)
    {
        var octets = File.ReadAllBytes(file);
        octets[at] ^= 0x55;
        File.WriteAllBytes(file, octets);
    }
}
