using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;

namespace OrleansBroker.Gateway.Tls;

/// <summary>
/// TLS between a connection and its socket. What the connection sends goes through a pipe and not into the TLS stream, because frames
/// are written while a flush is pending, which a pipe allows and a stream does not. The pipe takes as much as a socket's own before
/// its flush waits, so that a peer that takes nothing is noticed as it is without TLS.
/// </summary>
internal sealed class TlsTransport : IDuplexPipe, IDisposable
{
    // The largest record of TLS: what is larger is cut, what is smaller costs as much work.
    private const int Record = 16 * 1024;
    private const int Pause = 64 * 1024;

    private readonly ConnectionContext _socket;
    private readonly TlsCredentials _credentials;
    private readonly SslStream _stream;
    private readonly Pipe _outgoing = new(new PipeOptions(
        pauseWriterThreshold: Pause, resumeWriterThreshold: Pause / 2, minimumSegmentSize: Record, useSynchronizationContext: false));
    private Task _encrypting = Task.CompletedTask;
    private volatile bool _isOpen;

    /// <summary>Takes the socket's place as the connection's transport.</summary>
    public TlsTransport(ConnectionContext socket, TlsCredentials credentials)
    {
        _socket = socket;
        _credentials = credentials;
        _stream = new SslStream(new TransportStream(socket.Transport), leaveInnerStreamOpen: true);
        // Without octets to read it holds no buffer: most connections are idle.
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: Record, leaveOpen: true, useZeroByteReads: true));
        socket.Transport = this;
    }

    public PipeReader Input { get; }

    public PipeWriter Output => _outgoing.Writer;

    /// <summary>Whether the handshake is done.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>The client's certificate, which an authority of ours has signed; null where it has none.</summary>
    public X509Certificate2? ClientCertificate => _stream.RemoteCertificate as X509Certificate2;

    /// <summary>The version that was agreed on.</summary>
    public string Version => _stream.SslProtocol.ToString();

    /// <summary>Does the handshake.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The peers do not agree, or the client's certificate is refused.</exception>
    /// <exception cref="IOException">The peer is gone, or speaks no TLS.</exception>
    public async Task OpenAsync()
    {
        await _stream.AuthenticateAsServerAsync(_credentials.ServerOptions());
        _isOpen = true;
        _encrypting = EncryptAsync();
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Sends what is written, and TLS's own end. A peer that takes nothing holds it up until its socket is cut.</summary>
    public async Task CloseAsync()
    {
        await _outgoing.Writer.CompleteAsync();
        await Input.CompleteAsync();
        await _encrypting;
    }

    private async Task EncryptAsync()
    {
        var reader = _outgoing.Reader;
        try
        {
            ReadResult result;
            do
            {
                result = await reader.ReadAsync();
                foreach (var piece in result.Buffer)
                {
                    // Without octets it would be an empty record.
                    await (piece.IsEmpty ? default : _stream.WriteAsync(piece));
                }

                reader.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted);

            await _stream.ShutdownAsync();
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or OperationCanceledException)
        {
            // Half a connection is none: the reading side learns by this that it is over.
            _socket.Abort(new ConnectionAbortedException("it cannot be written to", failure));
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
