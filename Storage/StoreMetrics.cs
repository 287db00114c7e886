using System.Diagnostics.Metrics;

namespace OrleansBroker.Storage;

/// <summary>The store's instruments.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private readonly Meter? _meter;
    private readonly Histogram<double>? _duration;
    private readonly TimeProvider _time;

    public StoreMetrics(IMeterFactory? meters, TimeProvider time)
    {
        _time = time;
        _meter = meters?.Create("OrleansBroker.Storage");
        _duration = _meter?.CreateHistogram<double>(
            "orleansbroker.store.commit.duration", "s", "From the call of an operation until it is written, and synced where it asks for that.");
    }

    public void Committed(long since)
    {
        if (_duration is { Enabled: true })
        {
            _duration.Record(_time.GetElapsedTime(since).TotalSeconds);
        }
    }

    public void Dispose() => _meter?.Dispose();
}
