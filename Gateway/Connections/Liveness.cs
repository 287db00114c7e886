using OrleansBroker.Amqp.Frames;
using OrleansBroker.Gateway.Output;

namespace OrleansBroker.Gateway.Connections;

/// <summary>A connection's heartbeats in both directions, and the time that it may take for what it has begun (row 1.05).</summary>
internal sealed class Liveness(ConnectionOutput output, TimeProvider time, TimeSpan writeTimeout)
{
    private long _received = time.GetTimestamp();
    private long _sent = time.GetTimestamp();
    private int _reads;
    private int _seenReads;
    private int _seenWrites;
    private TimeSpan _interval;
    private long _deadline;

    /// <summary>Something came from the peer.</summary>
    public void Received() => Volatile.Write(ref _reads, _reads + 1);

    /// <summary>Heartbeats of this interval are agreed upon; zero for none.</summary>
    public void Beat(TimeSpan interval)
    {
        _received = _sent = time.GetTimestamp();
        _interval = interval;
    }

    /// <summary>What is under way has to be done in this time.</summary>
    public void Limit(TimeSpan limit) => Volatile.Write(ref _deadline, time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency));

    /// <summary>What was under way is done.</summary>
    public void Unlimit() => Volatile.Write(ref _deadline, 0);

    /// <summary>Sends a heartbeat where it is time, and tells why the connection is to be ended, if it is.</summary>
    /// <param name="reads">Whether the connection reads at present: where it does not, silence is its own.</param>
    public string? Check(bool reads)
    {
        var now = time.GetTimestamp();
        if (Volatile.Read(ref _deadline) is not 0 and var deadline && now > deadline)
        {
            return "timeout";
        }

        if (output.Stalled > writeTimeout)
        {
            return "it takes nothing of what is sent to it";
        }

        if (_interval == TimeSpan.Zero)
        {
            return null;
        }

        Send(now);
        if (Volatile.Read(ref _reads) != _seenReads || !reads)
        {
            _seenReads = Volatile.Read(ref _reads);
            _received = now;
        }

        return time.GetElapsedTime(_received, now) > _interval * 2 ? "missed heartbeats" : null;
    }

    private void Send(long now)
    {
        if (output.Writes != _seenWrites)
        {
            _seenWrites = output.Writes;
            _sent = now;
        }
        else if (time.GetElapsedTime(_sent, now) >= _interval / 2 && output.Backlog == 0)
        {
            output.Write(0, static (_, writer) => FrameWriter.WriteHeartbeat(writer));
            _seenWrites = output.Writes;
            _sent = now;
        }
    }
}
