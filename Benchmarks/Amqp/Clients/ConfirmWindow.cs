using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>
/// Lets a publisher have so many messages unconfirmed, and counts what is confirmed. Confirms may come in any order, single ones and
/// ones that cover all before, and each message counts once.
/// </summary>
internal sealed class ConfirmWindow : IFrameSink
{
    private readonly object _gate = new();
    private readonly int _size;
    private readonly bool[] _ahead;
    private byte[] _scratch = [];
    private ulong _through;
    private long _sent;
    private long _count;
    private long _refused;

    public ConfirmWindow(int size)
    {
        _size = size;
        // No sequence number is further than the window from the first unconfirmed one.
        _ahead = new bool[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size * 2)];
    }

    /// <summary>Messages that were refused by basic.nack.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Waits until so many messages may be sent, and counts them as sent.</summary>
    public void Take(int messages)
    {
        if (_sent - Volatile.Read(ref _count) + messages > _size)
        {
            lock (_gate)
            {
                while (_sent - Volatile.Read(ref _count) + messages > _size)
                {
                    Monitor.Wait(_gate);
                }
            }
        }

        _sent += messages;
    }

    public void Begin()
    {
        // The count is told at the end.
    }

    public void Take(scoped in Frame frame)
    {
        if (frame.Type == FrameType.Heartbeat)
        {
            return;
        }

        var payload = frame.Payload(ref _scratch);
        switch (MethodIds.Read(payload))
        {
            case MethodId.BasicAck:
                var ack = MethodReader.Decode<BasicAck>(payload);
                Count(ack.DeliveryTag, ack.Multiple);
                break;
            case MethodId.BasicNack:
                var nack = MethodReader.Decode<BasicNack>(payload);
                var before = _count;
                Count(nack.DeliveryTag, (nack.Flags & BasicNackFlags.Multiple) != 0);
                Volatile.Write(ref _refused, _refused + _count - before);
                break;
            case var method:
                throw SingleMethod.Unexpected(method, payload);
        }
    }

    public void End()
    {
        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    private void Count(ulong tag, bool multiple)
    {
        var mask = (ulong)_ahead.Length - 1;
        if (tag <= _through || (!multiple && _ahead[tag & mask]))
        {
            throw new IOException($"The server confirmed message {tag} twice.");
        }

        var counted = 0;
        if (!multiple)
        {
            _ahead[tag & mask] = true;
            counted = 1;
        }

        while (_through < tag && (multiple || _ahead[(_through + 1) & mask]))
        {
            ref var ahead = ref _ahead[++_through & mask];
            counted += multiple && !ahead ? 1 : 0;
            ahead = false;
        }

        // A multiple ack may close the gap before single ones that were early.
        while (_ahead[(_through + 1) & mask])
        {
            _ahead[++_through & mask] = false;
        }

        Volatile.Write(ref _count, _count + counted);
    }
}
