using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansBroker.Tests.Management.Metrics;

/// <summary>
/// A page in Prometheus' text format, read as strictly as its description has it: a family is announced once, with its type and help, all
/// its samples follow, and no two have the same labels.
/// </summary>
internal sealed partial class PrometheusPage
{
    private static readonly string[] Types = ["counter", "gauge", "histogram", "untyped"];

    private readonly Dictionary<string, string> _types = [];
    private readonly HashSet<string> _seen = [];

    private PrometheusPage(string text)
    {
        Assert.EndsWith("\n", text);
        var (family, helped) = ("", false);
        foreach (var line in text.Split('\n')[..^1])
        {
            if (TypeLine().Match(line) is { Success: true } type)
            {
                (family, helped) = (type.Groups["name"].Value, false);
                Assert.Contains(type.Groups["type"].Value, Types);
                Assert.True(_types.TryAdd(family, type.Groups["type"].Value), $"{family} is announced twice");
            }
            else if (HelpLine().Match(line) is { Success: true } help)
            {
                Assert.Equal(family, help.Groups["name"].Value);
                helped = true;
            }
            else
            {
                Assert.True(helped, $"'{line}' comes before its family's help");
                Add(family, line);
            }
        }
    }

    public List<Sample> Samples { get; } = [];

    public static PrometheusPage Parse(string text) => new(text);

    public IEnumerable<Sample> Named(string name) => Samples.Where(sample => sample.Name == name);

    /// <summary>The value of the one sample of that name.</summary>
    public double this[string name] => Named(name).Single().Value;

    public string TypeOf(string family) => _types[family];

    private void Add(string family, string line)
    {
        var match = SampleLine().Match(line);
        Assert.True(match.Success, $"'{line}' is no sample");
        var name = match.Groups["name"].Value;
        Assert.True(_seen.Add(line[..line.LastIndexOf(' ')]), $"'{line}' comes twice");
        string[] names = _types[family] == "histogram" ? [$"{family}_bucket", $"{family}_sum", $"{family}_count"] : [family];
        Assert.Contains(name, names);
        Assert.True(_types[family] != "counter" || name.EndsWith("_total", StringComparison.Ordinal), $"{name} is a counter");
        var labels = new Dictionary<string, string>();
        foreach (Match label in Label().Matches(match.Groups["labels"].Value))
        {
            labels.Add(label.Groups["name"].Value, Escape().Replace(label.Groups["value"].Value, static escape => escape.Value is @"\n" ? "\n" : escape.Value[1..]));
        }

        Samples.Add(new Sample(name, labels, double.Parse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>\w+)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[a-zA-Z_]\w*=""([^""\\]|\\[\\""n])*""(,[a-zA-Z_]\w*=""([^""\\]|\\[\\""n])*"")*)\})? (?<value>-?[0-9.]+([eE][+-]?[0-9]+)?)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"(?<name>[a-zA-Z_]\w*)=""(?<value>([^""\\]|\\[\\""n])*)""")]
    private static partial Regex Label();

    [GeneratedRegex(@"\\[\\""n]")]
    private static partial Regex Escape();

    internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
}
