using System.Numerics;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>
/// Latencies in microseconds, counted in buckets: every one up to a millisecond, 64 to each power of two beyond, so that millions cost
/// no memory. One thread adds.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Exact = 1024;
    private const int ExactBits = 10;
    private const int StepBits = 6;

    private readonly long[] _buckets = new long[4096];

    public void Add(TimeSpan latency) => _buckets[BucketOf(Math.Max(0, (long)latency.TotalMicroseconds))]++;

    /// <summary>Adds what another one has counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] += other._buckets[i];
        }
    }

    /// <summary>The percentiles to quote; null where nothing was counted.</summary>
    public Latencies? Summary()
    {
        var total = _buckets.Sum();
        return total == 0 ? null : new Latencies(At(total, 0.5), At(total, 0.99), At(total, 0.999));
    }

    private static int BucketOf(long value)
    {
        if (value < Exact)
        {
            return (int)value;
        }

        var exponent = BitOperations.Log2((ulong)value);
        var step = (value >> (exponent - StepBits)) & ((1 << StepBits) - 1);
        return (int)(Exact + ((exponent - ExactBits) << StepBits) + step);
    }

    private static long ValueOf(int bucket)
    {
        if (bucket < Exact)
        {
            return bucket;
        }

        var exponent = ((bucket - Exact) >> StepBits) + ExactBits;
        return ((1L << StepBits) + ((bucket - Exact) & ((1 << StepBits) - 1))) << (exponent - StepBits);
    }

    private long At(long total, double quantile)
    {
        var left = (long)(total * quantile);
        var bucket = 0;
        while ((left -= _buckets[bucket]) >= 0)
        {
            bucket++;
        }

        return ValueOf(bucket);
    }
}

/// <summary>Percentiles in microseconds.</summary>
internal sealed record Latencies(double P50, double P99, double P999);
