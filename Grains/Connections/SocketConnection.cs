using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace OrleansBroker.Grains.Connections;

/// <summary>
/// A connection whose reader and writer use the socket themselves: no loops in between that copy, wake each other and change threads.
/// </summary>
internal sealed class SocketConnection : DefaultConnectionContext, IDuplexPipe
{
    // A batch is at most 1 MiB: a few calls to the kernel. The blocks are pooled, and an idle connection has none.
    private const int BlockOctets = 128 << 10;
    private const int LeastRead = 16 << 10;

    private readonly Socket _socket;
    private readonly CancellationTokenSource _closed = new();
    private int _isAborted;

    /// <summary>Takes a connected socket over.</summary>
    public SocketConnection(Socket socket)
    {
        _socket = socket;
        ConnectionId = Guid.NewGuid().ToString("N");
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        var stream = new NetworkStream(socket, ownsSocket: false);
        Input = PipeReader.Create(
            stream, new StreamPipeReaderOptions(bufferSize: BlockOctets, minimumReadSize: LeastRead, leaveOpen: true, useZeroByteReads: true));
        Output = new SocketWriter(stream, BlockOctets);
        Transport = this;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _isAborted, 1) != 0)
        {
            return;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was first.
        }

        _socket.Dispose();

        // Not here: who aborts may hold what those need who wait for the end.
        ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }

    public override ValueTask DisposeAsync()
    {
        Abort(new ConnectionAbortedException("The connection was disposed."));
        return base.DisposeAsync();
    }
}
