using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage;
using OrleansBroker.Storage.RocksDb;

namespace OrleansBroker.Tests.Storage;

public sealed class RocksDbWriterTests : IAsyncLifetime, IDisposable
{
    private const long Queue = 3;
    private readonly StoreFolder _folder = new();

    private IQueueStore Queues => _folder.Store.Queues;

    [Fact]
    public async Task Only_a_write_that_asks_for_it_waits_for_the_disk()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        _folder.Batches.Clear();
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1)) with { Sync = true });
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(2)));

        Assert.Equal([true, false], _folder.Batches);
    }

    [Fact]
    public async Task Epochs_deletions_definitions_and_numbers_wait_for_the_disk()
    {
        await Queues.AcquireAsync(Queue, default);
        await Queues.DeleteAsync(Queue, default);
        await _folder.Store.Topology.CommitAsync([new TopologyChange("a", [])], default);
        await _folder.Store.Topology.AllocateAsync("s", 1, default);

        Assert.Equal([true, true, true, true], _folder.Batches);
    }

    [Fact]
    public async Task What_comes_during_a_write_shares_the_next_one()
    {
        var epochs = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i => (await Queues.AcquireAsync(i, default)).Epoch));
        _folder.Batches.Clear();
        using var held = _folder.HoldWrites();
        var first = Queues.CommitAsync(Samples.Write(0, epochs[0], Samples.Message(1)) with { Sync = true });
        await held.Reached;

        var others = Enumerable.Range(1, 199)
            .Select(i => Queues.CommitAsync(Samples.Write(i, epochs[i], Samples.Message(1)) with { Sync = true }))
            .Append(_folder.Store.Topology.CommitAsync([new TopologyChange("a", [])], default))
            .ToList();
        Assert.False(first.IsCompleted);
        held.Dispose();

        Assert.All(await Task.WhenAll(others), Assert.True);
        Assert.Equal([true, true], _folder.Batches);
    }

    [Fact]
    public async Task A_batch_is_bounded()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        _folder.Options.MaxBatchBytes = 64 << 10;
        await _folder.ReopenAsync();
        epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        _folder.Batches.Clear();
        using var held = _folder.HoldWrites();
        var commits = Enumerable.Range(1, 21).Select(i => Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i, size: 20 << 10)))).ToList();
        await held.Reached;
        held.Dispose();

        Assert.All(await Task.WhenAll(commits), Assert.True);
        Assert.InRange(_folder.Batches.Count, 6, 8);
        Assert.Equal(21, (await Queues.ReadAsync(Queue, Samples.All(), 100, default)).Count);
    }

    [Fact]
    public async Task A_failed_write_stops_the_process_and_is_not_tried_again()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        _folder.NextWriteFails = new IOException("no more disk");
        var commits = Enumerable.Range(1, 5).Select(i => Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i)) with { Sync = true })).ToList();

        foreach (var commit in commits)
        {
            await Assert.ThrowsAsync<StoreException>(() => commit);
        }

        Assert.Equal("no more disk", _folder.Stopped!.Message);
        _folder.NextWriteFails = null;
        await Assert.ThrowsAsync<StoreException>(() => Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(9))));
        await Assert.ThrowsAsync<StoreException>(() => Queues.AcquireAsync(Queue, default));
        await _folder.CrashAsync();
        Assert.Empty(await Queues.ReadAsync(Queue, Samples.All(), 100, default));
    }

    [Fact]
    public async Task A_disk_that_is_almost_full_takes_removals_and_refuses_messages()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(1), Samples.Message(2)));
        _folder.FreeDisk = 100 << 10;
        await _folder.ReopenAsync();
        epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;

        var removal = Samples.Write(Queue, epoch) with { Removed = [new MessageRange(0, 1, 1)], Sync = true };
        Assert.True(await Queues.CommitAsync(removal));
        var exception = await Assert.ThrowsAsync<BrokerException>(() => Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(3))));
        Assert.Equal(ReplyCode.ResourceError, exception.Code);
        Assert.Contains("disk", exception.Message, StringComparison.Ordinal);

        // What was refused is not to be counted by a later write: the epoch is over.
        Assert.False(await Queues.CommitAsync(removal));
        epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        Assert.True(await Queues.CommitAsync(removal with { Epoch = epoch }));
        Assert.Equal(2, Assert.Single(await Queues.ReadAsync(Queue, Samples.All(), 100, default)).Position.Sequence);
    }

    [Fact]
    public async Task A_disk_that_has_room_again_takes_messages_again()
    {
        _folder.FreeDisk = 0;
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        await Assert.ThrowsAsync<BrokerException>(() => Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(3))));
        epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        _folder.FreeDisk = long.MaxValue;
        _folder.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(await Queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(3))));
    }

    [Fact]
    public async Task A_second_store_on_the_folder_is_told_who_uses_it()
    {
        _ = _folder.Store;

        var exception = Assert.Throws<StoreException>(() => RocksDbStore.Open(new RocksDbOptions { Path = _folder.Path }));

        Assert.Contains(_folder.Path, exception.Message, StringComparison.Ordinal);
        Assert.Contains($"another broker (process {Environment.ProcessId})", exception.Message, StringComparison.Ordinal);
        await _folder.ReopenAsync();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        var file = Path.GetTempFileName();
        try
        {
            var exception = Assert.Throws<StoreException>(() => RocksDbStore.Open(new RocksDbOptions { Path = Path.Combine(file, "data") }));
            Assert.Contains("cannot be created", exception.Message, StringComparison.Ordinal);
            Assert.Contains(file, exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_closed_store_has_written_what_it_took_and_takes_no_more()
    {
        var epoch = (await Queues.AcquireAsync(Queue, default)).Epoch;
        var queues = Queues;
        var commits = Enumerable.Range(1, 100).Select(i => queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(i)))).ToList();
        await _folder.CloseAsync();

        Assert.All(await Task.WhenAll(commits), Assert.True);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queues.CommitAsync(Samples.Write(Queue, epoch, Samples.Message(101))));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queues.ReadAsync(Queue, Samples.All(), 1, default));
        Assert.Equal(100, (await Queues.ReadAsync(Queue, Samples.All(), 1000, default)).Count);
    }

    [Fact]
    public async Task Queues_beyond_those_that_the_writer_remembers_keep_their_epochs()
    {
        _folder.Options.CachedQueues = 8;
        for (var round = 1; round <= 3; round++)
        {
            var epochs = await Task.WhenAll(Enumerable.Range(1, 100).Select(async i => (await Queues.AcquireAsync(i, default)).Epoch));
            Assert.All(epochs, epoch => Assert.Equal(round, epoch));
            var commits = await Task.WhenAll(Enumerable.Range(1, 100).Select(i => Queues.CommitAsync(Samples.Write(i, i % 2 == 0 ? round : round - 1, Samples.Message(round)))));
            Assert.Equal(Enumerable.Range(1, 100).Select(i => i % 2 == 0), commits);
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _folder.DisposeAsync().AsTask();

    public void Dispose() => _folder.Dispose();
}
