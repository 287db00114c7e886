using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Activity;
using OrleansBroker.Gateway.Alarms;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Gateway.Connections.Login;
using OrleansBroker.Gateway.Output;
using OrleansBroker.Gateway.Tls;

namespace OrleansBroker.Gateway.Connections;

/// <summary>
/// A connection. One loop reads: frames of channels go to them at once, what waits for something goes on apart from it. Methods of
/// the connection itself are rare; the loop stops for them. It stops as well where going on would take memory without bound: while a
/// channel has too much to do, while the peer does not take what it is sent, and while an alarm holds publishers back.
/// </summary>
internal sealed class AmqpConnection : IChannelHost, IDisposable
{
    private readonly GatewayContext _broker;
    private readonly ConnectionContext _transport;
    private readonly TlsTransport? _tls;
    private readonly ConnectionOutput _output;
    private readonly Handshake _handshake;
    private readonly Liveness _liveness;
    private readonly ConnectionClosing _closing;
    private readonly ExclusiveQueues _exclusive;
    private readonly FrameIntake _intake;
    private readonly CancellationTokenSource _ended = new();
    private readonly Guid _id;
    private volatile bool _paused;
    private volatile bool _stops;
    private volatile bool _expired;
    private volatile bool _aborted;
    private long _received;

    public AmqpConnection(GatewayContext broker, ConnectionRegistry registry, ConnectionContext transport, TlsTransport? tls, Guid id, bool isLoopback)
    {
        _broker = broker;
        _transport = transport;
        _tls = tls;
        _id = id;
        _output = new ConnectionOutput(transport.Transport.Output, broker.Options.OutgoingBytes, broker.Time);
        _handshake = new Handshake(broker, registry, _output, id, isLoopback, transport.ConnectionClosed) { Peer = transport.RemoteEndPoint };
        _liveness = new Liveness(_output, broker.Time, broker.Options.WriteTimeout);
        _closing = new ConnectionClosing(_output);
        _exclusive = new ExclusiveQueues(broker.Topology);
        _intake = new FrameIntake(broker, id, this, _handshake, _closing, _output, _exclusive, _ended.Token) { ConnectionName = () => Parts.Name };
    }

    /// <summary>Who is connected; null during the handshake.</summary>
    public ClientIdentity? Client => _handshake.Client;

    /// <summary>What tells how it stands.</summary>
    public ConnectionParts Parts => new(_transport, _tls, _output, _handshake, _intake.Channels, _paused, _closing.IsClosing, Volatile.Read(ref _received));

    private PipeReader Input => _transport.Transport.Input;

    /// <summary>The connection's place among those of its user and virtual host; null: it has none.</summary>
    public IDisposable? Place => _handshake.Place;

    /// <summary>Runs the connection to its end.</summary>
    public async Task RunAsync()
    {
        try
        {
            _liveness.Limit(_broker.Options.HandshakeTimeout);
            if (_tls is not null)
            {
                await _tls.OpenAsync();
            }

            if (await ReadProtocolHeaderAsync())
            {
                _handshake.Start(_tls?.ClientCertificate);
                await ReadFramesAsync();
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            ConnectionLog.Cut(_broker.Log, failure, _id);
        }
        catch (AuthenticationException failure)
        {
            ConnectionLog.TlsRefused(_broker.Log, _id, _transport.RemoteEndPoint, failure.GetBaseException().Message);
        }
        finally
        {
            await EndAsync();
        }
    }

    public void Dispose() => _ended.Dispose();

    /// <summary>The common clock ticked.</summary>
    public void OnTick()
    {
        if (_aborted || _liveness.Check(reads: !_paused) is not { } reason)
        {
            return;
        }

        if (!_expired && _output.Backlog == 0)
        {
            // It leaves by itself: that costs no exceptions, of which thousands at once would hold up all others.
            ConnectionLog.Closed(_broker.Log, _id, reason);
            _expired = true;
            Input.CancelPendingRead();
        }
        else
        {
            ConnectionLog.Aborted(_broker.Log, _id, reason);
            _aborted = true;
            Abort(reason);
        }
    }

    /// <summary>Closes the connection because the broker stops, once what is under way is confirmed.</summary>
    public void Stop()
    {
        _stops = true;
        Input.CancelPendingRead();
        if (_tls is { IsOpen: false })
        {
            Abort("shutdown");
        }
    }

    /// <summary>Closes the connection because the broker wants it so. Safe on any thread.</summary>
    public void Close(string reason) =>
        Fail(0, AmqpError.Of(ReplyCodes.ConnectionForced, $"broker forced connection closure with reason '{reason}'"));

    public void Fail(ushort channel, AmqpError error)
    {
        if (_closing.TryClose(error))
        {
            _broker.Telemetry.Error(error.ReplyCode);
            ConnectionLog.Failed(_broker.Log, _id, channel, error);
            _liveness.Limit(_broker.Options.CloseTimeout);
            Input.CancelPendingRead();
        }
    }

    public void ChannelFailed(ushort channel, AmqpError error)
    {
        _broker.Telemetry.Error(error.ReplyCode);
        ConnectionLog.ChannelFailed(_broker.Log, _id, channel, error);
    }

    public void Fault(ushort channel, MethodId method, Exception failure) =>
        ConnectionLog.Fault(_broker.Log, failure, _id, channel, method);

    public void ConfirmClose(ushort channel) => _output.Write(
        channel, static (number, writer) => FrameWriter.WriteMethod(writer, number, MethodId.ChannelCloseOk));

    public void Forget(AmqpChannel channel, Task? ending)
    {
        if (_intake.Channels.Remove(channel, ending))
        {
            channel.Forgotten();
            _broker.Telemetry.ChannelClosed(channel.Parts.Scope.Counters);
        }
    }

    private void Abort(string reason)
    {
        _output.Close();
        _transport.Abort(new ConnectionAbortedException(reason));
    }

    private async Task<bool> ReadProtocolHeaderAsync()
    {
        while (true)
        {
            var result = await Input.ReadAsync();
            var buffer = result.Buffer;
            var match = ProtocolHeader.Read(ref buffer);
            Input.AdvanceTo(buffer.Start, match == ProtocolHeaderMatch.Incomplete ? buffer.End : buffer.Start);
            if (match == ProtocolHeaderMatch.Accepted)
            {
                return true;
            }

            if (match == ProtocolHeaderMatch.Refused)
            {
                ConnectionLog.Foreign(_broker.Log, _id, _transport.RemoteEndPoint?.ToString() ?? "?");
                _output.WriteFinal(0, static (_, writer) => writer.Write(ProtocolHeader.Supported));
                _closing.End();
                return false;
            }

            if (result.IsCompleted || _stops || _expired)
            {
                return false;
            }
        }
    }

    private async Task ReadFramesAsync()
    {
        while (!_closing.IsOver && !_expired)
        {
            var result = await Input.ReadAsync();
            _liveness.Received();
            var goesOn = _intake.Take(result.Buffer, out var consumed);
            _received += result.Buffer.Slice(0, consumed).Length;
            Input.AdvanceTo(consumed, goesOn ? result.Buffer.End : consumed);
            _intake.PublishGathered();
            if (_intake.TakeControl() is { } control)
            {
                await OnControlAsync(control);
            }

            if (goesOn && result.IsCompleted)
            {
                break;
            }

            await PauseAsync();
            if (_closing.IsClosing || _stops)
            {
                // Begun here, on the loop, so that no frame is handed to a channel meanwhile.
                await LeaveAsync();
            }
        }
    }

    private async Task OnControlAsync(byte[] payload)
    {
        var method = MethodId.None;
        try
        {
            method = MethodIds.Read(payload);
            if (method == MethodId.ConnectionClose)
            {
                await CloseAsync(MethodReader.Decode<ConnectionClose>(payload));
            }
            else if (_closing.IsClosing)
            {
                _closing.OnMethod(method);
            }
            else if (_handshake.State != HandshakeState.Running)
            {
                await ShakeHandsAsync(method, payload);
            }
            else if (method == MethodId.ConnectionUpdateSecret)
            {
                MethodReader.Decode<ConnectionUpdateSecret>(payload);
                await _handshake.UpdateSecretAsync();
            }
            else
            {
                throw _handshake.Unexpected(method);
            }
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or IOException))
        {
            var error = AmqpErrors.Of(failure, MethodId.None);
            if (error is null)
            {
                Fault(0, method, failure);
            }

            Fail(0, error ?? AmqpErrors.Fault(method));
        }
    }

    private async Task ShakeHandsAsync(MethodId method, byte[] payload)
    {
        await _handshake.OnMethodAsync(method, payload);
        switch (_handshake.State)
        {
            case HandshakeState.Opening:
                _liveness.Beat(_handshake.Heartbeat);
                break;
            case HandshakeState.Running:
                _liveness.Unlimit();
                var client = _handshake.Client!;
                _intake.Consuming = _broker.Consuming.Create(_id, client.VirtualHost, client.User);
                ConnectionLog.Opened(_broker.Log, _id, $"{_transport.RemoteEndPoint} -> {_transport.LocalEndPoint}", client.User, client.VirtualHost, client.Name);
                break;
            case HandshakeState.Refused:
                _closing.End();
                break;
            default:
                break;
        }
    }

    /// <summary>The client closes: all that it sent is applied, and its exclusive queues are gone, before it is told so (row 1.07).</summary>
    private async Task CloseAsync(ConnectionClose close)
    {
        if (!_closing.IsClosing)
        {
            _liveness.Unlimit();
            ConnectionLog.Closed(_broker.Log, _id, $"{close.ReplyCode} {close.ReplyText}");
            await StopChannelsAsync();
            _closing.End();
        }

        _closing.ConfirmClose();
    }

    /// <summary>Waits for what the loop must not read on without.</summary>
    private async Task PauseAsync()
    {
        var published = _intake.HasPublished;
        if (!_intake.IsFull && !_output.IsFull && !(published && _broker.Alarms.Reason is not null))
        {
            return;
        }

        _paused = true;
        await _intake.MakeRoomAsync();
        if (_output.IsFull)
        {
            await _output.WaitForRoomAsync(CancellationToken.None);
        }

        if (published && _broker.Alarms.Reason is { } reason && !_closing.IsClosing && !_stops)
        {
            await PublisherBlock.HoldAsync(_broker, _output, _handshake.Client!, reason, _transport.ConnectionClosed);
        }

        _paused = false;
    }

    /// <summary>The broker closes: for an error at once, when it stops after what is under way is confirmed.</summary>
    private async Task LeaveAsync()
    {
        if (_closing.IsClosing)
        {
            await StopChannelsAsync();
            return;
        }

        await WithinAsync(Task.WhenAll(_intake.Channels.All().Select(channel => channel.DrainAsync())));
        Fail(0, AmqpError.Of(ReplyCodes.ConnectionForced, "broker forced connection closure with reason 'shutdown'"));
    }

    private async Task StopChannelsAsync()
    {
        foreach (var channel in _intake.Channels.All())
        {
            await WithinAsync(channel.StopAsync());
            Forget(channel, null);
        }

        if (_intake.Consuming is { } consuming)
        {
            _intake.Consuming = null;
            await WithinAsync(consuming.DisposeAsync().AsTask());
        }

        await _exclusive.DeleteAsync(_id, (queue, failure) => ConnectionLog.QueueLeft(_broker.Log, failure, _id, queue));
    }

    private async Task WithinAsync(Task work)
    {
        try
        {
            await work.WaitAsync(_broker.Options.CloseTimeout, _broker.Time);
        }
        catch (Exception failure)
        {
            // Whatever is left goes with the leases of its consumers and the silo's sweep.
            ConnectionLog.Unfinished(_broker.Log, failure, _id);
        }
    }

    private async Task EndAsync()
    {
        if (!_closing.IsOver)
        {
            // The peer is gone, and what is written for it with it; what it sent is applied all the same.
            _output.Close();
        }

        await StopChannelsAsync();
        await _ended.CancelAsync();
        await WithinAsync(_output.FlushedAsync());
        _output.Close();
        _intake.Release();
        if (_closing.IsConfirmed)
        {
            await ConnectionClosing.LingerAsync(Input, _broker, _id);
        }

        // So long it may take to send the rest, which the socket's owner waits for.
        _liveness.Limit(_broker.Options.CloseTimeout);
        if (_tls is not null)
        {
            await _tls.CloseAsync();
        }
    }
}
