using System.Buffers.Binary;
using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>Takes deliveries as fast as they come, counts them, and acks with one frame what has come until then.</summary>
internal sealed class Consumer : IFrameSink
{
    private const int BufferOctets = 1 << 20;
    private const int AckAfter = 50;

    private readonly WireConnection _connection;
    private readonly bool _acks;
    private readonly LatencyHistogram _latencies = new();
    private readonly object _stall = new();
    private readonly byte[] _ack = new byte[FrameWriter.SettlementSize];
    private byte[] _scratch = [];
    private ulong _coming;
    private ulong _tag;
    private int _unacked;
    private long _now;
    private long _batch;
    private long _delivered;
    private bool _recording;
    private bool _stalled;

    /// <summary>A consumer that has subscribed.</summary>
    /// <param name="connection">Its connection.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="prefetch">Deliveries that may be unacked; 0 for no acks.</param>
    public Consumer(WireConnection connection, string queue, int prefetch)
    {
        _connection = connection;
        _acks = prefetch > 0;
        connection.Consume(queue, prefetch);
    }

    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>From publish to delivery, while <see cref="Record"/> was on.</summary>
    public LatencyHistogram Latencies => _latencies;

    public void Record(bool on) => Volatile.Write(ref _recording, on);

    /// <summary>From now on it leaves in its socket what the server sends.</summary>
    public void StopReading() => Volatile.Write(ref _stalled, true);

    public void Start(Workers workers) => workers.Start(() => _connection.ReadFrames(this, BufferOctets));

    public void Begin()
    {
        if (Volatile.Read(ref _stalled))
        {
            lock (_stall)
            {
                // Nobody ends the wait: the process does.
                Monitor.Wait(_stall);
            }
        }

        _now = TimeProvider.System.GetTimestamp();
        _batch = 0;
    }

    public void Take(scoped in Frame frame)
    {
        var payload = frame.Payload(ref _scratch);
        switch (frame.Type)
        {
            case FrameType.Method when MethodIds.Read(payload) == MethodId.BasicDeliver:
                // The tag stands behind the consumer's tag; to decode all the rest as well would be the load's own cost for each message.
                _coming = BinaryPrimitives.ReadUInt64BigEndian(payload[(5 + payload[4])..]);
                break;
            case FrameType.Method:
                throw SingleMethod.Unexpected(MethodIds.Read(payload), payload);
            case FrameType.Body:
                // A message counts once its body is here, and every load's body is one frame.
                _tag = _coming;
                _batch++;
                if (Volatile.Read(ref _recording))
                {
                    _latencies.Add(TimeProvider.System.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(payload), _now));
                }

                break;
        }
    }

    public void End()
    {
        Volatile.Write(ref _delivered, _delivered + _batch);
        _unacked += (int)_batch;
        if (_acks && _unacked > 0 && (_unacked >= AckAfter || !_connection.HasMore))
        {
            FrameWriter.WriteMethod(_ack, WireConnection.Channel, new BasicAck(_tag, Multiple: true));
            _connection.Send(_ack);
            _unacked = 0;
        }
    }
}
