namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>What becomes of an operation when the writer reaches it.</summary>
internal enum Step
{
    /// <summary>It is in the batch, or needs nothing written.</summary>
    Taken,

    /// <summary>It reads what the batch has changed: the batch has to be written first.</summary>
    AfterBatch,
}

/// <summary>
/// Something for the writer to do. <see cref="Apply"/> runs on the writer's thread, in the order in which the operations came, and
/// decides with everything before it in view; <see cref="Complete"/> follows once the batch is written.
/// </summary>
internal abstract class Operation
{
    /// <summary>When it came, by the time provider's timestamp.</summary>
    public long Since { get; set; }

    /// <summary>Octets that it adds to a batch, roughly.</summary>
    public virtual int Octets => 128;

    /// <summary>Whether its completion waits for the disk.</summary>
    public virtual bool Sync => true;

    public abstract Step Apply(BatchBuilder batch);

    public abstract void Complete();

    public abstract void Fail(Exception exception);
}

/// <summary>An operation with a result, which its caller awaits.</summary>
internal abstract class Operation<T> : Operation
{
    // The continuations run elsewhere: the writer goes on to the next batch at once.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Done => _done.Task;

    protected T? Result { get; set; }

    /// <summary>Set where this operation is refused while others go on.</summary>
    protected Exception? Refusal { get; set; }

    public sealed override void Complete()
    {
        if (Refusal is not null)
        {
            _done.TrySetException(Refusal);
        }
        else
        {
            _done.TrySetResult(Result!);
        }
    }

    public sealed override void Fail(Exception exception) => _done.TrySetException(exception);
}
