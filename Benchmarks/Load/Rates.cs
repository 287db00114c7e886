namespace OrleansBroker.Benchmarks.Load;

/// <summary>Rates of several equal windows: the median to quote, and how far they spread.</summary>
internal sealed class Rates
{
    // Code that runs for the first time is compiled twice before it is as quick as it gets.
    private const int WarmUpSeconds = 5;

    private readonly List<double> _values = [];

    public void Add(double value) => _values.Add(value);

    public double Median => Sorted() is { Length: > 0 } sorted ? sorted[sorted.Length / 2] : 0;

    public override string ToString()
    {
        var sorted = Sorted();
        return sorted.Length == 0 ? "nothing measured" : $"{Median,12:N0}  ({sorted[0]:N0} to {sorted[^1]:N0}, {sorted.Length} windows)";
    }

    /// <summary>Counts what a counter gains in windows of a second, after a warm-up that is not counted.</summary>
    public static async Task<Rates> MeasureAsync(Func<long> counter, int windows)
    {
        var rates = new Rates();
        await Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds), TimeProvider.System);
        for (var i = 0; i < windows; i++)
        {
            var before = counter();
            var started = TimeProvider.System.GetTimestamp();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            rates.Add((counter() - before) / TimeProvider.System.GetElapsedTime(started).TotalSeconds);
        }

        return rates;
    }

    private double[] Sorted() => [.. _values.Order()];
}
