using System.Threading.Channels;
using OrleansBroker.Storage.PostgreSql.Connections;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>
/// Commits what comes, one batch under way: what comes meanwhile is the next batch, so that batches grow under load, and when idle an
/// operation goes alone at once. While the server is away the batch waits and is tried again; before that its outcome is looked up
/// where it is unknown.
/// </summary>
internal sealed class StoreWriter<TOperation> : IAsyncDisposable
    where TOperation : Operation
{
    private static readonly TimeSpan PatienceAtEnd = TimeSpan.FromSeconds(5);

    private readonly Channel<TOperation> _incoming = Channel.CreateUnbounded<TOperation>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<TOperation> _waiting = new();
    private readonly List<TOperation> _passedOver = [];
    private readonly StoreSurroundings _surroundings;
    private readonly Database _database;
    private readonly IBatch<TOperation> _batch;
    private readonly long _id;
    private readonly Task _running;
    private WriterSession<TOperation>? _session;
    private long _number;
    private long _answered;
    private volatile bool _ending;

    public StoreWriter(Database database, StoreSurroundings surroundings, long id, IBatch<TOperation> batch)
    {
        _database = database;
        _surroundings = surroundings;
        _id = id;
        _batch = batch;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Adds an operation; its own task tells the outcome.</summary>
    public void Add(TOperation operation)
    {
        operation.Since = _database.Time.GetTimestamp();
        if (!_incoming.Writer.TryWrite(operation))
        {
            operation.Fail(new ObjectDisposedException(nameof(PostgreSqlStore), "The store is closed."));
        }
    }

    /// <summary>Commits what was handed in, and refuses the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        _ending = true;
        _incoming.Writer.TryComplete();
        await _running.ConfigureAwait(false);
        if (_session is not null)
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RunAsync()
    {
        while (await GatherAsync().ConfigureAwait(false))
        {
            await CommitGatheredAsync().ConfigureAwait(false);
            _batch.Clear();
        }
    }

    /// <summary>Fills the batch with what has come; false at the end.</summary>
    private async ValueTask<bool> GatherAsync()
    {
        if (_waiting.Count == 0 && !await _incoming.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            return false;
        }

        var octets = 0L;
        while (octets < _database.Options.MaxBatchBytes && (_waiting.TryDequeue(out var operation) || _incoming.Reader.TryRead(out operation)))
        {
            if (_batch.TryAdd(operation))
            {
                octets += operation.Octets;
            }
            else
            {
                _passedOver.Add(operation);
            }
        }

        // They go before whatever was not looked at: those of one queue keep their order.
        if (_passedOver.Count > 0)
        {
            var rest = _waiting.ToArray();
            _waiting.Clear();
            _passedOver.ForEach(_waiting.Enqueue);
            Array.ForEach(rest, _waiting.Enqueue);
            _passedOver.Clear();
        }

        return true;
    }

    private async Task CommitGatheredAsync()
    {
        try
        {
            Complete(await CommitAsync().ConfigureAwait(false));
        }
        catch (Exception failure) when (_batch.Operations.Count == 1 || Transience.IsTransient(failure))
        {
            Fail(failure);
        }
        catch (Exception)
        {
            // The server refused the batch for something in it: alone, only that one fails.
            await CommitOneByOneAsync().ConfigureAwait(false);
        }
    }

    private async Task CommitOneByOneAsync()
    {
        var operations = _batch.Operations.ToArray();
        foreach (var operation in operations)
        {
            _batch.Clear();
            _batch.TryAdd(operation);
            try
            {
                Complete(await CommitAsync().ConfigureAwait(false));
            }
            catch (Exception failure)
            {
                Fail(failure);
            }
        }
    }

    private void Complete(long[] results)
    {
        _answered = _number;
        foreach (var operation in _batch.Operations)
        {
            _surroundings.Metrics.Committed(operation.Since);
        }

        _batch.Complete(results);
    }

    private void Fail(Exception failure)
    {
        foreach (var operation in _batch.Operations)
        {
            operation.Fail(failure);
        }
    }

    /// <summary>Commits the batch, exactly once, and returns what the database said of it.</summary>
    private async Task<long[]> CommitAsync()
    {
        _number++;
        var retry = _ending ? new Database.RetryPauses(_database, PatienceAtEnd) : _database.Retry();
        var tried = false;
        while (true)
        {
            try
            {
                _session ??= await BeginAsync().ConfigureAwait(false);
                if (tried && _session.Number == _number)
                {
                    return _session.Results;
                }

                tried = true;
                return await _session.CommitAsync(_batch, _number).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                await EndSessionAsync(failure).ConfigureAwait(false);
                if (!Transience.IsTransient(failure))
                {
                    throw;
                }

                await retry.PauseAsync(failure, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<WriterSession<TOperation>> BeginAsync()
    {
        var session = await WriterSession<TOperation>.BeginAsync(_database, _id, _batch).ConfigureAwait(false);
        if (session is null || session.Number < _answered)
        {
            // A standby that had not heard of everything became the primary, or a backup was restored: what was confirmed may be gone,
            // and what the queues in memory count does not stand there any more.
            var lost = new StoreException(
                $"The database has gone back: it knows this silo's commits up to {session?.Number ?? 0}, and {_answered} was answered.");
            _surroundings.FailStop.Stop("The database has lost commits.", lost);
            throw lost;
        }

        return session;
    }

    /// <summary>A connection that is still open after a failure has committed nothing, and goes on; any other is given up.</summary>
    private async ValueTask EndSessionAsync(Exception failure)
    {
        if (_session is { } session && (!session.IsOpen || failure is not Npgsql.PostgresException { SqlState: not Transience.Superseded }))
        {
            _session = null;
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
