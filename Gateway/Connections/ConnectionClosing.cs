using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Output;

namespace OrleansBroker.Gateway.Connections;

/// <summary>The end of a connection, from whichever side it comes (row 1.07). Closing may begin on any thread; the rest is the reading loop's.</summary>
internal sealed class ConnectionClosing(ConnectionOutput output)
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(500);

    // A frame of connection.close-ok (10,51).
    private static ReadOnlySpan<byte> CloseOk => [(byte)FrameType.Method, 0, 0, 0, 0, 0, 4, 0, 10, 0, 51, Frame.End];

    private readonly Lock _lock = new();
    private volatile bool _closing;
    private volatile bool _over;

    /// <summary>Whether connection.close was sent: everything but close and close-ok is dropped.</summary>
    public bool IsClosing => _closing;

    /// <summary>Whether nothing is to be read any more.</summary>
    public bool IsOver => _over;

    /// <summary>Whether the peer closed and was told that it is done.</summary>
    public bool IsConfirmed { get; private set; }

    /// <summary>Whether frames can no longer be told apart.</summary>
    public bool IsOutOfStep { get; set; }

    /// <summary>Sends connection.close; false where the connection is closing already.</summary>
    public bool TryClose(AmqpError error)
    {
        lock (_lock)
        {
            if (_closing || _over)
            {
                return false;
            }

            _closing = true;
        }

        output.WriteFinal(error, static (state, writer) =>
        {
            var close = ConnectionClose.Of(state);
            FrameWriter.WriteMethod(writer, 0, in close);
        });
        return true;
    }

    /// <summary>A method came while the connection is closing.</summary>
    public void OnMethod(MethodId method)
    {
        if (method == MethodId.ConnectionCloseOk)
        {
            _over = true;
        }
    }

    /// <summary>
    /// Octets came that cannot be told apart. Where they end as a close-ok does, the peer has understood and waits for the socket to
    /// be closed; where they never do, it is closed in time all the same.
    /// </summary>
    public void OnOutOfStep(in ReadOnlySequence<byte> octets)
    {
        Span<byte> last = stackalloc byte[CloseOk.Length];
        if (octets.Length >= last.Length)
        {
            octets.Slice(octets.Length - last.Length).CopyTo(last);
            _over |= last.SequenceEqual(CloseOk);
        }
    }

    /// <summary>Nothing more is read.</summary>
    public void End() => _over = true;

    /// <summary>Answers connection.close, a crossing one too.</summary>
    public void ConfirmClose()
    {
        IsConfirmed = true;
        output.WriteFinal(0, static (_, writer) => FrameWriter.WriteMethod(writer, 0, MethodId.ConnectionCloseOk));
    }

    /// <summary>Lets the peer, which has its close-ok, be the one that hangs up: cut off in between it would take the end for a failure.</summary>
    public static async Task LingerAsync(PipeReader input, GatewayContext broker, Guid id)
    {
        using var patience = new CancellationTokenSource(Linger, broker.Time);
        try
        {
            ReadResult result;
            while (!(result = await input.ReadAsync(patience.Token)).IsCompleted)
            {
                input.AdvanceTo(result.Buffer.End);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            ConnectionLog.Cut(broker.Log, failure, id);
        }
    }
}
