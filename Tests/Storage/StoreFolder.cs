using Microsoft.Extensions.Time.Testing;
using OrleansBroker.Storage;
using OrleansBroker.Storage.RocksDb;
using RocksDbSharp;

namespace OrleansBroker.Tests.Storage;

/// <summary>A data folder of its own, the store in it, and what a test changes or watches of its surroundings.</summary>
internal sealed class StoreFolder : IAsyncDisposable, IDisposable, IFailStop, IDiskSpace
{
    private readonly List<string> _folders = [];
    private readonly Lock _gate = new();
    private RocksDbStore? _store;
    private volatile HeldWrite? _held;

    public StoreFolder() => Path = NewPath();

    public string Path { get; private set; }

    public string DatabasePath => System.IO.Path.Combine(Path, "rocksdb");

    public RocksDbStore Store
    {
        get
        {
            lock (_gate)
            {
                return _store ??= Open(Path);
            }
        }
    }

    /// <summary>Changed before the store is first used.</summary>
    public RocksDbOptions Options { get; } = new() { WriteBufferBytes = 8 << 20, BlockCacheBytes = 8 << 20, MinimumFreeDisk = 1 << 20 };

    /// <summary>What the disk is said to have free.</summary>
    public long FreeDisk { get; set; } = long.MaxValue;

    /// <summary>The store's clock.</summary>
    public FakeTimeProvider Time { get; } = new();

    /// <summary>Why the process would have been stopped.</summary>
    public Exception? Stopped { get; private set; }

    /// <summary>The batches that were written, in order: whether each was synced.</summary>
    public List<bool> Batches { get; } = [];

    /// <summary>Thrown in place of the next write.</summary>
    public Exception? NextWriteFails { get; set; }

    public async Task ReopenAsync()
    {
        await CloseAsync();
        _ = Store;
    }

    public async Task CloseAsync()
    {
        if (_store is { } store)
        {
            _store = null;
            try
            {
                await store.DisposeAsync();
            }
            catch (StoreException) when (Stopped is not null)
            {
                // A compaction met the damage, too: there is no clean end then.
                return;
            }
        }
    }

    /// <summary>
    /// Goes on with what stands on the disk now, as after the death of the process: a copy of the folder, taken while the store is
    /// open and has not flushed or marked anything.
    /// </summary>
    public async Task CrashAsync(Action<string>? damage = null, bool open = true)
    {
        var copy = NewPath();
        while (!TryCopy(Path, copy))
        {
            // A compaction took files away meanwhile: that copy would be of no one moment.
            Directory.Delete(copy, recursive: true);
        }

        await CloseAsync();
        Path = copy;
        damage?.Invoke(DatabasePath);
        if (open)
        {
            _ = Store;
        }
    }

    /// <summary>The next write waits until the result is disposed.</summary>
    public HeldWrite HoldWrites() => _held = new HeldWrite();

    public void Stop(string reason, Exception cause) => Stopped ??= cause;

    public long Free(string folder) => FreeDisk;

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        foreach (var folder in _folders.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private RocksDbStore Open(string path)
    {
        Options.Path = path;
        return RocksDbStore.Open(Options, new StoreSurroundings { Time = Time, FailStop = this, Disk = this, Watch = log => new Watch(this, log) });
    }

    private string NewPath()
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "orleansbroker-tests", Guid.NewGuid().ToString("N"));
        _folders.Add(path);
        return path;
    }

    private static bool TryCopy(string from, string to)
    {
        Directory.CreateDirectory(to);
        var files = Files(from);
        try
        {
            foreach (var file in files)
            {
                var target = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
                using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var copy = File.Create(target);
                source.CopyTo(copy);
            }
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        return files.SetEquals(Files(from));
    }

    private static HashSet<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => System.IO.Path.GetFileName(file) is not "broker.lock")];

    private sealed class Watch(StoreFolder folder, IBatchLog log) : IBatchLog
    {
        public void Write(WriteBatch batch, bool sync)
        {
            if (folder.NextWriteFails is { } failure)
            {
                throw failure;
            }

            folder._held?.Wait();
            folder._held = null;
            log.Write(batch, sync);
            folder.Batches.Add(sync);
        }
    }
}

/// <summary>Keeps the writer in a write until it is disposed.</summary>
internal sealed class HeldWrite : IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the writer is there.</summary>
    public Task Reached => _reached.Task;

    public void Wait()
    {
        _reached.SetResult();
        _released.Task.Wait();
    }

    public void Dispose() => _released.TrySetResult();
}
