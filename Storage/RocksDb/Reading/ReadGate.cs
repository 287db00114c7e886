namespace OrleansBroker.Storage.RocksDb.Reading;

/// <summary>
/// Lets a few reads at a time into the database, off the caller's thread as they may wait for the disk, and none once it closes: a
/// read of a closed database would end the process. Damage that a read meets stops the process.
/// </summary>
internal sealed class ReadGate(IFailStop failStop) : IAsyncDisposable
{
    /// <summary>Enough to keep a disk busy, few enough to leave the thread pool to the broker.</summary>
    private const int Places = 8;

    private readonly SemaphoreSlim _places = new(Places);
    private volatile bool _closed;

    public async Task<T> RunAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return await Task.Run(() => Guard(read), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Reads one row: on the caller's thread when there is a place, as most rows are in memory.</summary>
    public ValueTask<T> RunShortAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        if (!_places.Wait(0, cancellationToken))
        {
            return new ValueTask<T>(RunAsync(read, cancellationToken));
        }

        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return ValueTask.FromResult(Guard(read));
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Waits for the reads under way; later ones are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        for (var i = 0; i < Places; i++)
        {
            await _places.WaitAsync().ConfigureAwait(false);
        }

        // Those that come now find the places free and the gate closed.
        _places.Release(Places);
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is RocksDbSharp.RocksDbException or InvalidDataException or ArgumentException)
        {
            failStop.Stop("The store holds something that cannot be read.", exception);
            throw new StoreException($"The store holds something that cannot be read: {exception.Message}", exception);
        }
    }
}
