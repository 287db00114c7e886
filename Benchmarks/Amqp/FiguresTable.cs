using System.Globalization;
using OrleansBroker.Benchmarks.Amqp.Loads;

namespace OrleansBroker.Benchmarks.Amqp;

/// <summary>The table, in Markdown and line by line as figures come: whoever ends a run early keeps what was measured.</summary>
internal sealed class FiguresTable(TextWriter output)
{
    private static readonly string[] Header =
        ["load", "server", "published/s", "delivered/s", "p50 µs", "p99 µs", "p99.9 µs", "CPU µs", "MiB", "KiB each"];

    private static readonly int[] Widths = [44, 16, 35, 35, 9, 9, 9, 8, 7, 8];

    private readonly List<string> _notes = [];
    private string _title = "";

    /// <summary>Whether some figures do not count.</summary>
    public bool HasFailures { get; private set; }

    public void WriteHeader()
    {
        Row(Header);
        Row([.. Widths.Select((width, column) => new string('-', column < 2 ? width : width - 1) + (column < 2 ? "" : ":"))]);
    }

    /// <summary>One server's figures.</summary>
    public void Write(string title, string server, Figures figures)
    {
        _notes.AddRange(figures.Notes.Select(note => $"{title}, {server}: {note}"));
        _notes.AddRange(figures.Failures.Select(failure => $"{title}, {server}: FAILED: {failure}"));
        HasFailures |= figures.Failures.Count > 0;
        Row(
            [
                title == _title ? "" : title,
                server + (figures.Failures.Count > 0 ? " FAILED" : ""),
                Text(figures.Published),
                Text(figures.Delivered),
                Text(figures.Latency?.P50, "N0"),
                Text(figures.Latency?.P99, "N0"),
                Text(figures.Latency?.P999, "N0"),
                Text(figures.ProcessorMicroseconds, "N2"),
                Text(figures.ResidentMebibytes, "N0"),
                Text(figures.KilobytesEach, "N2"),
            ]);
        _title = title;
    }

    /// <summary>Each of the first's figures divided by the second's.</summary>
    public void WriteRatio(string name, Figures figures, Figures other) => Row(
        [
            "",
            name,
            Ratio(figures.Published?.Median, other.Published?.Median),
            Ratio(figures.Delivered?.Median, other.Delivered?.Median),
            Ratio(figures.Latency?.P50, other.Latency?.P50),
            Ratio(figures.Latency?.P99, other.Latency?.P99),
            Ratio(figures.Latency?.P999, other.Latency?.P999),
            Ratio(figures.ProcessorMicroseconds, other.ProcessorMicroseconds),
            Ratio(figures.ResidentMebibytes, other.ResidentMebibytes),
            Ratio(figures.KilobytesEach, other.KilobytesEach),
        ]);

    /// <summary>What the columns are, and the notes.</summary>
    public void WriteLegend()
    {
        output.WriteLine();
        output.WriteLine("Rates: the median of windows of a second, and the lowest to the highest; of idle things, how many were made each second.");
        output.WriteLine("Latency: from publish to delivery, or of making one. CPU: the server's, for each delivery or thing made.");
        output.WriteLine("MiB: the most that the server had resident. KiB each: what it kept for each once idle.");
        foreach (var note in _notes)
        {
            output.WriteLine($"- {note}");
        }
    }

    private static string Text(Spread? spread) => spread switch
    {
        null => "",
        _ when spread.Low == spread.High => Text(spread.Median, "N0"),
        _ => $"{Text(spread.Median, "N0")} ({Text(spread.Low, "N0")} to {Text(spread.High, "N0")})",
    };

    private static string Text(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Ratio(double? number, double? other) =>
        other > 0 ? string.Create(CultureInfo.InvariantCulture, $"{number / other:0.00}×") : "";

    private void Row(string[] cells) =>
        output.WriteLine($"| {string.Join(" | ", cells.Select((cell, column) => column < 2 ? cell.PadRight(Widths[column]) : cell.PadLeft(Widths[column])))} |");
}
