using System.Buffers;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Channels;
using OrleansBroker.Gateway.Connections.Login;
using OrleansBroker.Gateway.Consuming;
using OrleansBroker.Gateway.Output;
using OrleansBroker.Gateway.Publishing;

namespace OrleansBroker.Gateway.Connections;

/// <summary>
/// Hands a connection's frames to its channels, as they lie in the buffer. It stops at what the reading loop has to do itself: a method
/// of the connection, and a channel that can take no more for now.
/// </summary>
internal sealed class FrameIntake(
    GatewayContext broker,
    Guid id,
    IChannelHost host,
    Handshake handshake,
    ConnectionClosing closing,
    ConnectionOutput output,
    ExclusiveQueues exclusive,
    CancellationToken ended)
{
    private readonly Slab _slab = new();
    private readonly NameCache _names = new();
    private readonly List<AmqpChannel> _gathered = [];
    private readonly IncomingMemory _memory = new(Math.Max(broker.Options.IncomingBytes, broker.Options.MaxMessageBytes));
    private byte[] _scratch = [];
    private byte[]? _control;
    private AmqpChannel? _full;
    private bool _hasContent;

    /// <summary>The connection's channels.</summary>
    public ChannelTable Channels { get; } = new();

    /// <summary>The consuming half of the connection; null while it is not open, and no channel can be.</summary>
    public ConnectionConsuming? Consuming { get; set; }

    /// <summary>Whether a channel, or all together, can take no more for now.</summary>
    public bool IsFull => _full is not null || _memory.IsFull;

    /// <summary>Whether the last buffer had messages to publish, or parts of some.</summary>
    public bool HasPublished { get; private set; }

    /// <summary>The method of the connection that it stopped at, if any.</summary>
    public byte[]? TakeControl()
    {
        var control = _control;
        _control = null;
        return control;
    }

    /// <summary>Waits until more can be taken.</summary>
    public async Task MakeRoomAsync()
    {
        if (_full is { } channel)
        {
            await channel.RoomAsync();
            _full = null;
        }

        await _memory.RoomAsync();
    }

    /// <summary>Lets memory go that nobody needs any more.</summary>
    public void Release() => _slab.Release();

    /// <summary>Hands the buffer's frames over; false where the loop has to stop in between.</summary>
    public bool Take(in ReadOnlySequence<byte> buffer, out SequencePosition consumed)
    {
        if (closing.IsOutOfStep)
        {
            // What follows a frame that cannot be read is no frame; it is read so that the peer gets to the close.
            closing.OnOutOfStep(buffer);
            consumed = buffer.End;
            return true;
        }

        var reader = new FrameReader(buffer, handshake.FrameMax);
        AmqpError? error;
        while (reader.TryRead(out var frame, out error))
        {
            OnFrame(in frame);
            if (_control is not null || IsFull)
            {
                consumed = reader.Position;
                return false;
            }
        }

        if (error is not null)
        {
            host.Fail(0, error);
            closing.IsOutOfStep = true;
        }

        consumed = reader.Position;
        return true;
    }

    private void OnFrame(in Frame frame)
    {
        if (frame.Channel == 0)
        {
            // A heartbeat says no more than that it came.
            _control = frame.Type == FrameType.Method ? frame.Payload(ref _scratch).ToArray() : null;
            return;
        }

        if (closing.IsClosing)
        {
            return;
        }

        var method = MethodId.None;
        AmqpError? error;
        try
        {
            if (Consuming is null)
            {
                error = AmqpError.Of(ReplyCodes.UnexpectedFrame, $"type {(int)frame.Type}, {frame.Length} octets on channel {frame.Channel}");
            }
            else if (Channels.TryGet(frame.Channel, out var channel))
            {
                error = Pass(channel, in frame, ref method);
            }
            else
            {
                error = Open(in frame, ref method);
            }
        }
        catch (AmqpFormatException malformed)
        {
            error = AmqpError.Of(malformed, method);
        }

        if (error is not null)
        {
            host.Fail(frame.Channel, error);
        }
    }

    private AmqpError? Pass(AmqpChannel channel, in Frame frame, ref MethodId method)
    {
        AmqpError? error;
        if (frame.Type == FrameType.Body)
        {
            _hasContent = true;
            error = channel.OnBody(in frame);
        }
        else
        {
            var payload = frame.Payload(ref _scratch);
            if (frame.Type == FrameType.Method)
            {
                method = MethodIds.Read(payload);
                error = channel.OnMethod(payload);
            }
            else
            {
                error = channel.OnHeader(payload);
            }
        }

        if (channel.HasGathered && !channel.IsNoted)
        {
            channel.IsNoted = true;
            _gathered.Add(channel);
        }

        _full = channel.IsFull ? channel : null;
        return error;
    }

    private AmqpError? Open(in Frame frame, ref MethodId method)
    {
        if (frame.Type != FrameType.Method)
        {
            return AmqpError.Of(ReplyCodes.UnexpectedFrame, "expected method frame, got non method frame instead");
        }

        method = MethodIds.Read(frame.Payload(ref _scratch));
        if (method != MethodId.ChannelOpen)
        {
            // A close-ok that comes late belongs to a channel that is gone.
            return method == MethodId.ChannelCloseOk ? null : AmqpError.Of(ReplyCodes.ChannelError, "expected 'channel.open'", method);
        }

        MethodReader.Decode<ChannelOpen>(frame.Payload(ref _scratch));
        var count = Channels.Count;
        if (count >= handshake.ChannelMax)
        {
            return AmqpError.Of(
                ReplyCodes.NotAllowed,
                $"number of channels opened ({count}) has reached the negotiated channel_max ({handshake.ChannelMax})");
        }

        var client = handshake.Client!;
        var channelOutput = new ChannelOutput(output, frame.Channel, handshake.SentFrameMax);
        var identity = new ChannelIdentity(id, client.VirtualHost, client.User, client.Can("consumer_cancel_notify"));
        var memory = new ChannelMemory(_memory);
        var consuming = Consuming!;
        var scope = new ChannelScope(broker, client, exclusive, channelOutput, () => consuming.CreateChannel(channelOutput, identity), memory, identity.Counters, ended);
        var channel = new AmqpChannel(scope, host, new PublishInbox(_slab, _names, memory, broker.Options.MaxMessageBytes));
        var before = Channels.Add(channel);
        broker.Telemetry.Channels(1);
        channel.Open(before);
        return null;
    }

    /// <summary>Publishes what the buffer brought.</summary>
    public void PublishGathered()
    {
        HasPublished = _hasContent || _gathered.Count > 0;
        _hasContent = false;
        foreach (var channel in _gathered)
        {
            channel.IsNoted = false;
            channel.PublishGathered();
        }

        _gathered.Clear();
    }
}
