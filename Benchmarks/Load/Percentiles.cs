namespace OrleansBroker.Benchmarks.Load;

/// <summary>Latencies, in microseconds.</summary>
/// <param name="what">What took so long.</param>
internal sealed class Percentiles(string what = "messages")
{
    private readonly List<double> _values = [];

    public int Count => _values.Count;

    public void Add(TimeSpan latency) => _values.Add(latency.TotalMicroseconds);

    public override string ToString()
    {
        if (_values.Count == 0)
        {
            return "nothing measured";
        }

        _values.Sort();
        return $"p50 {At(0.5):N0} µs, p99 {At(0.99):N0} µs, p99.9 {At(0.999):N0} µs, max {_values[^1]:N0} µs ({_values.Count} {what})";
    }

    private double At(double quantile) => _values[(int)(quantile * (_values.Count - 1))];
}
