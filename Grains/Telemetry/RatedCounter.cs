using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Grains.Telemetry;

/// <summary>A count that many add to, and whose rate a clock takes.</summary>
internal sealed class RatedCounter
{
    private long _total;
    private long _sampled;
    private double _rate;

    public void Add(long count) => Interlocked.Add(ref _total, count);

    /// <summary>Takes the rate since the last sample; false where nothing was added meanwhile. One caller at a time.</summary>
    public bool Sample(double seconds)
    {
        var total = Volatile.Read(ref _total);
        Volatile.Write(ref _rate, seconds > 0 ? (total - _sampled) / seconds : 0);
        var changed = total != _sampled;
        _sampled = total;
        return changed;
    }

    public RatedCount Read() => new(Volatile.Read(ref _total), Volatile.Read(ref _rate));
}
