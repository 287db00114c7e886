using System.Numerics;

namespace OrleansBroker.CommandLine.Performance;

/// <summary>
/// Latencies in microseconds, counted in buckets: each one below 1,024, then 64 to each power of two, which is within 1.6 %. Millions of
/// them cost no more memory than a few.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Exact = 1024;
    private const int ExactBits = 10;
    private const int StepBits = 6;
    private const int PowersOfTwo = 63 - ExactBits;

    private readonly long[] _buckets = new long[Exact + (PowersOfTwo << StepBits)];
    private readonly Lock _lock = new();

    public void Add(TimeSpan latency)
    {
        var bucket = BucketOf(Math.Max(0, (long)latency.TotalMicroseconds));
        lock (_lock)
        {
            _buckets[bucket]++;
        }
    }

    /// <summary>Adds what it has counted so far to another one.</summary>
    public void CopyTo(LatencyHistogram other)
    {
        for (var i = 0; i < _buckets.Length; i++)
        {
            other._buckets[i] += _buckets[i];
        }
    }

    /// <summary>Moves what it has counted so far to another one, while others add.</summary>
    public void MoveTo(LatencyHistogram other)
    {
        lock (_lock)
        {
            CopyTo(other);
            Array.Clear(_buckets);
        }
    }

    /// <summary>The latency that so large a part of all do not exceed, in microseconds; null where nothing was counted.</summary>
    public long? At(double part)
    {
        var total = _buckets.Sum();
        var left = Math.Max(1, (long)Math.Ceiling(total * part));
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            left -= _buckets[bucket];
            if (left <= 0 && total > 0)
            {
                return ValueOf(bucket);
            }
        }

        return null;
    }

    private static int BucketOf(long value)
    {
        if (value < Exact)
        {
            return (int)value;
        }

        var power = BitOperations.Log2((ulong)value);
        var step = (int)(value >> (power - StepBits)) & ((1 << StepBits) - 1);
        return Exact + ((power - ExactBits) << StepBits) + step;
    }

    private static long ValueOf(int bucket)
    {
        if (bucket < Exact)
        {
            return bucket;
        }

        var power = ((bucket - Exact) >> StepBits) + ExactBits;
        return (1L << power) + ((long)((bucket - Exact) & ((1 << StepBits) - 1)) << (power - StepBits));
    }
}
