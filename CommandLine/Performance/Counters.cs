using System.Buffers.Binary;

namespace OrleansBroker.CommandLine.Performance;

/// <summary>What all workers of a measurement count.</summary>
internal sealed class Counters(TimeProvider time)
{
    /// <summary>A body begins with the run's number and the time, if it has room for both.</summary>
    public const int StampLength = 16;

    private long _published;
    private long _confirmed;
    private long _refused;
    private long _received;

    /// <summary>The number of this run: what a queue had before is received but says nothing about latency.</summary>
    public long Run { get; } = Random.Shared.NextInt64();

    public LatencyHistogram Deliveries { get; } = new();

    public LatencyHistogram Confirms { get; } = new();

    public void Stamp(Span<byte> body)
    {
        if (body.Length >= StampLength)
        {
            BinaryPrimitives.WriteInt64LittleEndian(body, Run);
            BinaryPrimitives.WriteInt64LittleEndian(body[8..], time.GetTimestamp());
        }
    }

    public void Published() => Interlocked.Increment(ref _published);

    public void Confirmed(long since)
    {
        Interlocked.Increment(ref _confirmed);
        Confirms.Add(time.GetElapsedTime(since));
    }

    public void Refused() => Interlocked.Increment(ref _refused);

    public void Received(ReadOnlySpan<byte> body)
    {
        Interlocked.Increment(ref _received);
        if (body.Length >= StampLength && BinaryPrimitives.ReadInt64LittleEndian(body) == Run)
        {
            Deliveries.Add(time.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(body[8..])));
        }
    }

    public Totals Read() => new(
        Interlocked.Read(ref _published), Interlocked.Read(ref _confirmed), Interlocked.Read(ref _refused), Interlocked.Read(ref _received));
}

/// <summary>How many there were up to a moment.</summary>
internal readonly record struct Totals(long Published, long Confirmed, long Refused, long Received)
{
    public static Totals operator -(Totals left, Totals right) => new(
        left.Published - right.Published, left.Confirmed - right.Confirmed, left.Refused - right.Refused, left.Received - right.Received);
}
