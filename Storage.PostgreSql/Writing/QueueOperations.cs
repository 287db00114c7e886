using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>A write of a queue.</summary>
internal sealed class QueueOperation : Operation
{
    // The continuations run elsewhere: the writer goes on to the next batch at once.
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public QueueOperation(QueueWrite write)
    {
        Write = write;
        Octets = 256 + (32 * (write.Removed.Count + write.Requeued.Count));
        for (var i = 0; i < write.Appended.Count; i++)
        {
            Octets += 96 + write.Appended[i].Message.Size;
        }
    }

    public QueueWrite Write { get; }

    public Task<bool> Done => _done.Task;

    public override int Octets { get; }

    public void Complete(bool accepted) => _done.TrySetResult(accepted);

    public override void Fail(Exception exception) => _done.TrySetException(exception);
}
