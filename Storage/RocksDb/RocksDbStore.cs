using System.Diagnostics.Metrics;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Storage.RocksDb.Reading;
using OrleansBroker.Storage.RocksDb.Writing;
using RocksDbSharp;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>The embedded store of one silo: one database in one data folder, with one thread that writes.</summary>
public sealed class RocksDbStore : IAsyncDisposable, IDisposable
{
    private readonly DataFolder _folder;
    private readonly Database _database;
    private readonly StoreWriter _writer;
    private readonly ReadGate _gate;
    private readonly StoreMetrics _metrics;
    private Task? _disposal;

    private RocksDbStore(DataFolder folder, Database database, RocksDbOptions options, StoreSurroundings surroundings)
    {
        _folder = folder;
        _database = database;
        var time = surroundings.Time;
        _metrics = new StoreMetrics(surroundings.Meters, time);
        _gate = new ReadGate(surroundings.FailStop);
        var disk = new DiskReserve(surroundings.Disk, folder.Path, options.MinimumFreeDisk, time);
        var batch = new BatchBuilder(database, new QueueTable(database, options.CachedQueues), disk);
        var log = surroundings.Watch?.Invoke(database) ?? database;
        _writer = new StoreWriter(batch, log, surroundings.FailStop, _metrics, time, options.MaxBatchBytes);
        Queues = new RocksDbQueueStore(database, _writer, _gate);
        Topology = new RocksDbTopologyStore(database, _writer, _gate);
        _writer.Start();
    }

    /// <summary>Its queues.</summary>
    public IQueueStore Queues { get; }

    /// <summary>Its definitions.</summary>
    public ITopologyStore Topology { get; }

    /// <summary>Opens the store in its folder, which no other process may use until it is disposed.</summary>
    /// <exception cref="StoreException">The folder cannot be written or is in use, or the database is damaged.</exception>
    public static RocksDbStore Open(RocksDbOptions options, TimeProvider? time = null, IMeterFactory? meters = null) =>
        Open(options, new StoreSurroundings { Time = time ?? TimeProvider.System, Meters = meters });

    internal static RocksDbStore Open(RocksDbOptions options, StoreSurroundings surroundings)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var folder = DataFolder.Open(options.Path);
        try
        {
            return new RocksDbStore(folder, Database.Open(folder.DatabasePath, options), options, surroundings);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Writes what was handed in, refuses the rest, and notes that the end was clean.</summary>
    public ValueTask DisposeAsync() => new(_disposal ??= EndAsync());

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task EndAsync()
    {
        await _writer.EndAsync().ConfigureAwait(false);
        await _gate.DisposeAsync().ConfigureAwait(false);
        try
        {
            if (!_writer.HasFailed)
            {
                _database.End();
            }
        }
        catch (RocksDbException exception)
        {
            // Without the mark of a clean end the next opening replays the log: nothing that was committed is lost.
            throw new StoreException($"The store in '{_folder.Path}' could not be closed cleanly: {exception.Message}", exception);
        }
        finally
        {
            _database.Dispose();
            _metrics.Dispose();
            _folder.Dispose();
        }
    }
}

/// <summary>What the store is given from outside; tests put theirs in its place.</summary>
internal sealed record StoreSurroundings
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IMeterFactory? Meters { get; init; }

    public IFailStop FailStop { get; init; } = new ProcessFailStop();

    public IDiskSpace Disk { get; init; } = new DiskSpace();

    /// <summary>Puts something between the writer and the database.</summary>
    public Func<IBatchLog, IBatchLog>? Watch { get; init; }
}
