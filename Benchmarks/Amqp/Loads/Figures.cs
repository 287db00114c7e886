using OrleansBroker.Benchmarks.Amqp.Clients;

namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>What a load has shown of one server. Null where it says nothing about that.</summary>
/// <param name="Published">Messages published, or things made, each second.</param>
/// <param name="Delivered">Messages delivered each second.</param>
/// <param name="Latency">From publish to delivery, or of one call.</param>
/// <param name="ProcessorMicroseconds">The server's processor time for each delivery, or thing made.</param>
/// <param name="ResidentMebibytes">The most memory that the server had resident.</param>
/// <param name="KilobytesEach">Its memory for each thing that was made.</param>
/// <param name="Notes">What else is to be told.</param>
/// <param name="Failures">Why the other figures do not count.</param>
internal sealed record Figures(
    Spread? Published,
    Spread? Delivered,
    Latencies? Latency,
    double? ProcessorMicroseconds,
    double? ResidentMebibytes,
    double? KilobytesEach,
    IReadOnlyList<string> Notes,
    IReadOnlyList<string> Failures)
{
    /// <summary>A load that came to nothing.</summary>
    public static Figures Failed(string why) => new(null, null, null, null, null, null, [], [why]);
}

/// <summary>Rates of windows of a second: the median to quote, and how far they spread.</summary>
internal sealed record Spread(double Median, double Low, double High)
{
    public static Spread Of(IEnumerable<double> rates)
    {
        double[] sorted = [.. rates.Order()];
        var median = (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
