namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>
/// The one thread that writes. It takes what has come since it last looked, puts it into one batch and writes that with at most one
/// sync; what comes meanwhile is the next batch. So batches grow under load, and when idle an operation goes alone at once.
/// Epochs and versions are compared here, where the order of writes is decided.
/// </summary>
internal sealed class StoreWriter
{
    private readonly OperationQueue _queue = new();
    private readonly List<Operation> _taken = [];
    private readonly BatchBuilder _batch;
    private readonly IBatchLog _log;
    private readonly IFailStop _failStop;
    private readonly StoreMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly int _maxBatchBytes;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The first of the taken operations that is not completed yet.</summary>
    private int _uncompleted;

    public StoreWriter(BatchBuilder batch, IBatchLog log, IFailStop failStop, StoreMetrics metrics, TimeProvider time, int maxBatchBytes)
    {
        _batch = batch;
        _log = log;
        _failStop = failStop;
        _metrics = metrics;
        _time = time;
        _maxBatchBytes = maxBatchBytes;
    }

    /// <summary>Set when a write failed: nothing is known of the disk any more.</summary>
    public bool HasFailed { get; private set; }

    public void Start() => new Thread(Run) { Name = "store writer", IsBackground = true }.Start();

    public Task<T> AddAsync<T>(Operation<T> operation)
    {
        Add(operation);
        return operation.Done;
    }

    public void Add(Operation operation)
    {
        operation.Since = _time.GetTimestamp();
        _queue.Add(operation);
    }

    /// <summary>Refuses what comes from now on; completes when everything before is written.</summary>
    public Task EndAsync()
    {
        _queue.Close(new ObjectDisposedException(nameof(RocksDbStore), "The store is closed."));
        return _ended.Task;
    }

    private void Run()
    {
        try
        {
            while (_queue.Take(_taken, _maxBatchBytes))
            {
                WriteTaken();
                _taken.Clear();
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _batch.Dispose();
            _ended.SetResult();
        }
    }

    private void WriteTaken()
    {
        _uncompleted = 0;
        _batch.Disk.Check();
        for (var i = 0; i < _taken.Count; i++)
        {
            var operation = _taken[i];
            if (operation.Apply(_batch) == Step.AfterBatch)
            {
                Write(upTo: i);
                operation.Apply(_batch);
            }

            _batch.Sync |= operation.Sync;
        }

        Write(_taken.Count);
    }

    private void Write(int upTo)
    {
        if (_batch.Octets > 0)
        {
            _batch.Seal();
            _log.Write(_batch.Batch, _batch.Sync);
        }

        _batch.Reset();
        for (; _uncompleted < upTo; _uncompleted++)
        {
            var operation = _taken[_uncompleted];
            _metrics.Committed(operation.Since);
            operation.Complete();
        }
    }

    /// <summary>
    /// A write or sync that failed is never tried again: the kernel may have dropped the pages and report success the second time.
    /// </summary>
    private void Fail(Exception exception)
    {
        HasFailed = true;
        _failStop.Stop("The store failed to write.", exception);
        var stopped = new StoreException($"The store has stopped after a failed write: {exception.Message}", exception);
        _queue.Close(stopped);
        do
        {
            for (; _uncompleted < _taken.Count; _uncompleted++)
            {
                _taken[_uncompleted].Fail(stopped);
            }

            _taken.Clear();
            _uncompleted = 0;
        }
        while (_queue.Take(_taken, long.MaxValue));
    }
}
