using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Publishing;

namespace OrleansBroker.Gateway.Channels;

/// <summary>
/// A channel. The connection's reading loop hands it its frames; it does at once what it can do without waiting, publishes and
/// settlements above all, and puts the rest behind what it is at. Its work is done in the order of the wire, apart from other channels'.
/// </summary>
internal sealed class AmqpChannel
{
    private readonly ChannelScope _scope;
    private readonly IChannelHost _host;
    private readonly PublishInbox _inbox;
    private readonly ChannelPublishing _publishing;
    private readonly ChannelMethods _methods;
    private readonly ChannelBacklog _backlog;
    private readonly Lock _lock = new();
    private Task? _before;
    private Task? _ended;
    private volatile bool _closing;

    public AmqpChannel(ChannelScope scope, IChannelHost host, PublishInbox inbox)
    {
        _scope = scope;
        _host = host;
        _inbox = inbox;
        _backlog = new ChannelBacklog(scope.Memory.Connection);
        _publishing = new ChannelPublishing(scope, Fail);
        _methods = new ChannelMethods(scope, _publishing);
    }

    public ushort Number => _scope.Output.Channel;

    /// <summary>What tells how it stands.</summary>
    public (ChannelScope Scope, ChannelPublishing Publishing) Parts => (_scope, _publishing);

    /// <summary>Whether it waits for the client's close-ok and drops everything else.</summary>
    public bool IsClosing => _closing;

    /// <summary>Whether messages wait to be published at the end of the read.</summary>
    public bool HasGathered => _inbox.HasGroup;

    /// <summary>Whether the connection has noted that: its own mark.</summary>
    public bool IsNoted { get; set; }

    /// <summary>Whether the connection must not read on.</summary>
    public bool IsFull => _backlog.IsFull;

    /// <summary>Completes when the connection may read on.</summary>
    public Task RoomAsync() => _backlog.RoomAsync();

    /// <summary>Opens the channel, after one that had the number before is gone.</summary>
    public void Open(Task? before)
    {
        _before = before;
        Submit(new ChannelWork(MethodId.ChannelOpen));
    }

    /// <summary>A method frame came.</summary>
    public AmqpError? OnMethod(ReadOnlySpan<byte> payload)
    {
        var method = MethodIds.Read(payload);
        if (_closing)
        {
            return OnMethodWhileClosing(method);
        }

        if (_inbox.OnMethod(method) is { } error)
        {
            return error;
        }

        switch (method)
        {
            case MethodId.BasicPublish:
                return _inbox.Begin(MethodReader.Decode<BasicPublish>(payload));
            case MethodId.BasicAck:
                var ack = MethodReader.Decode<BasicAck>(payload);
                Settle(new ChannelWork(method, Tag: ack.DeliveryTag, Multiple: ack.Multiple));
                return null;
            case MethodId.BasicNack:
                var nack = MethodReader.Decode<BasicNack>(payload);
                Settle(new ChannelWork(
                    method, Tag: nack.DeliveryTag, Multiple: (nack.Flags & BasicNackFlags.Multiple) != 0, Requeue: (nack.Flags & BasicNackFlags.Requeue) != 0));
                return null;
            case MethodId.BasicReject:
                var reject = MethodReader.Decode<BasicReject>(payload);
                Settle(new ChannelWork(method, Tag: reject.DeliveryTag, Requeue: reject.Requeue));
                return null;
            case MethodId.ChannelOpen:
                return AmqpError.Of(ReplyCodes.ChannelError, "second 'channel.open' seen", method);
            default:
                PublishGathered();
                Submit(new ChannelWork(method, payload.ToArray()));
                return null;
        }
    }

    /// <summary>A content header came.</summary>
    public AmqpError? OnHeader(ReadOnlySpan<byte> payload)
    {
        if (_closing)
        {
            return null;
        }

        var error = _inbox.OnHeader(payload);
        if (error is { ClosesConnection: false })
        {
            Refuse(MethodId.BasicPublish, new AmqpErrorException(error));
            error = null;
        }

        return Gathered(error);
    }

    /// <summary>A part of a body came.</summary>
    public AmqpError? OnBody(in Frame frame) => _closing ? null : Gathered(_inbox.OnBody(in frame));

    /// <summary>The connection has forgotten the channel.</summary>
    public void Forgotten() => _scope.Memory.End();

    /// <summary>Publishes what the read brought.</summary>
    public void PublishGathered()
    {
        if (_inbox.HasGroup)
        {
            Submit(new ChannelWork(MethodId.BasicPublish, Group: _inbox.TakeGroup()));
        }
    }

    /// <summary>Closes the channel, or with a hard error the connection. Safe on any thread.</summary>
    public void Fail(AmqpError error)
    {
        if (error.ClosesConnection)
        {
            _host.Fail(Number, error);
            return;
        }

        lock (_lock)
        {
            if (_closing)
            {
                return;
            }

            _closing = true;
        }

        _host.ChannelFailed(Number, error);
        _scope.Output.Close(error);
        _ = EndAsync();
    }

    /// <summary>Completes when all that came before is applied.</summary>
    public async Task DrainAsync()
    {
        await _backlog.IdleAsync();
        await _publishing.DrainAsync();
    }

    /// <summary>Does what came before, and ends: all that is unacked returns. Completes when it has.</summary>
    public async Task StopAsync()
    {
        await _backlog.IdleAsync();
        if (!_closing)
        {
            await _publishing.DrainAsync();
        }

        _closing = true;
        await EndAsync();
    }

    /// <summary>Ends the consuming half, once.</summary>
    private Task EndAsync()
    {
        lock (_lock)
        {
            return _ended ??= _scope.HasConsumed ? Task.Run(_scope.EndConsumingAsync) : _scope.EndConsumingAsync();
        }
    }

    private AmqpError? OnMethodWhileClosing(MethodId method)
    {
        // Whoever opens the number next waits until this channel's messages are back.
        if (method == MethodId.ChannelCloseOk)
        {
            _host.Forget(this, EndAsync());
        }
        else if (method == MethodId.ChannelClose)
        {
            // Both sides closed at the same time: each answers the other (§1.5.2.5).
            _host.ConfirmClose(Number);
        }

        return null;
    }

    // The messages that came before what is refused stand.
    private void Refuse(MethodId method, Exception refusal)
    {
        PublishGathered();
        Submit(new ChannelWork(method, Refusal: refusal));
    }

    private AmqpError? Gathered(AmqpError? error)
    {
        if (_inbox.IsFull)
        {
            PublishGathered();
        }

        return error;
    }

    private void Settle(in ChannelWork work)
    {
        if (_backlog.TryAdd(in work))
        {
            return;
        }

        try
        {
            ApplySettlement(in work);
        }
        catch (Exception failure)
        {
            Refuse(work.Method, failure);
        }
    }

    // Only the reading loop comes here, so nothing is overtaken.
    private void Submit(in ChannelWork work)
    {
        if (_backlog.TryAdd(in work))
        {
            return;
        }

        // Published at once where that needs no waiting, and that is nearly always.
        var task = work.Method == MethodId.BasicPublish && work.Refusal is null && !_closing ? Publish(work.Group!) : new ValueTask(DoAsync(work));
        if (!task.IsCompletedSuccessfully)
        {
            _backlog.Begin(in work);
            _ = PumpAsync(task.AsTask(), work.Method);
        }
    }

    private ValueTask Publish(PublishGroup group)
    {
        try
        {
            return _publishing.PublishAsync(group);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException(failure);
        }
    }

    private async Task PumpAsync(Task first, MethodId method)
    {
        await GuardAsync(first, method);
        while (_backlog.TryTake(out var work))
        {
            await GuardAsync(DoAsync(work), work.Method);
        }
    }

    private async Task GuardAsync(Task task, MethodId method)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (_scope.Output.IsClosed || _scope.Ended.IsCancellationRequested)
        {
            // The connection ended: there is nobody to be told.
            _closing = true;
        }
        catch (Exception failure)
        {
            var error = AmqpErrors.Of(failure, method);
            if (error is null)
            {
                _host.Fault(Number, method, failure);
                error = AmqpErrors.Fault(method);
            }

            Fail(error);
        }
    }

    private async Task DoAsync(ChannelWork work)
    {
        if (_closing)
        {
            return;
        }

        if (work.Refusal is not null)
        {
            // What was published before is confirmed before the channel closes, for afterwards nothing is.
            await _publishing.DrainAsync();
            throw work.Refusal;
        }

        switch (work.Method)
        {
            case MethodId.BasicPublish:
                await _publishing.PublishAsync(work.Group!);
                break;
            case MethodId.BasicAck or MethodId.BasicNack or MethodId.BasicReject:
                ApplySettlement(in work);
                break;
            case MethodId.ChannelOpen:
                await OpenAsync();
                break;
            case MethodId.ChannelClose:
                await CloseAsync();
                break;
            default:
                await _methods.RunAsync(work.Method, work.Payload!);
                break;
        }
    }

    private void ApplySettlement(in ChannelWork work)
    {
        switch (work.Method)
        {
            case MethodId.BasicAck:
                _scope.Consuming.Ack(work.Tag, work.Multiple);
                break;
            case MethodId.BasicNack:
                _scope.Consuming.Nack(work.Tag, work.Multiple, work.Requeue);
                break;
            default:
                _scope.Consuming.Reject(work.Tag, work.Requeue);
                break;
        }
    }

    private async Task OpenAsync()
    {
        if (_before is not null)
        {
            await _before;
            _before = null;
        }

        _scope.Output.Write(new ChannelOpenOk());
    }

    private async Task CloseAsync()
    {
        await _publishing.DrainAsync();
        await EndAsync();
        // Forgotten before it is confirmed, or the next open of the number would be a second one (row 1.09).
        _closing = true;
        _host.Forget(this, null);
        _scope.Output.ConfirmClose();
    }
}
