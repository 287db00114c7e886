using System.IO.Pipelines;

namespace OrleansBroker.Grains.Connections;

/// <summary>
/// Writes to a socket. What was not flushed when it completes is dropped: a stream's writer would send it then, and stand still where
/// the peer does, so that a connection to a silo that hangs could not be closed.
/// </summary>
internal sealed class SocketWriter(Stream socket, int blockOctets) : PipeWriter
{
    private readonly PipeWriter _writer = Create(socket, new StreamPipeWriterOptions(minimumBufferSize: blockOctets, leaveOpen: true));
    private readonly Lock _ending = new();
    private bool _isComplete;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _writer.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _writer.GetSpan(sizeHint);

    public override void Advance(int bytes) => _writer.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _writer.FlushAsync(cancellationToken);

    /// <summary>
    /// Nothing, once it is complete. A stream's writer throws then, and Orleans, which cancels while it closes a connection whose last
    /// write failed, would go no further: what waits in the connection would go nowhere, and its senders would hear of it by a timeout.
    /// </summary>
    public override void CancelPendingFlush()
    {
        lock (_ending)
        {
            if (!_isComplete)
            {
                _writer.CancelPendingFlush();
            }
        }
    }

    public override void Complete(Exception? exception = null)
    {
        lock (_ending)
        {
            _isComplete = true;
            _writer.Complete(exception ?? new OperationCanceledException());
        }
    }
}
