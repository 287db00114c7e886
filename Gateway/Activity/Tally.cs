using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Gateway.Activity;

/// <summary>A count that has one writer, and whose rate a clock takes.</summary>
internal sealed class Tally
{
    private long _total;
    private long _sampled;
    private double _rate;
    private long _sampledAt;

    public void Add(long count) => Volatile.Write(ref _total, _total + count);

    /// <summary>Takes the rate since the last sample. One caller at a time.</summary>
    public void Sample(TimeProvider time)
    {
        var now = time.GetTimestamp();
        var seconds = _sampledAt == 0 ? 0 : time.GetElapsedTime(_sampledAt, now).TotalSeconds;
        var total = Volatile.Read(ref _total);
        Volatile.Write(ref _rate, seconds > 0 ? (total - _sampled) / seconds : 0);
        (_sampledAt, _sampled) = (now, total);
    }

    public RatedCount Read() => new(Volatile.Read(ref _total), Volatile.Read(ref _rate));
}
