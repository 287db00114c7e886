using System.Globalization;
using System.Text.RegularExpressions;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.SiloProcesses;

/// <summary>docs/configuration.md says of every key what the code does, and of no key that the code does not have.</summary>
public partial class ConfigurationPageTests
{
    private readonly Dictionary<string, string[]> _rows = Repository.Read("docs/configuration.md").Split('\n')
        .Select(line => Row().Match(line))
        .Where(match => match.Success)
        .ToDictionary(match => match.Groups["key"].Value, match => match.Groups["cells"].Value.Split('|', StringSplitOptions.TrimEntries));

    [Fact]
    public void Every_key_is_on_the_page_and_no_other() =>
        Assert.Equal(ConfigurationCheck.Keys.Select(key => key.Path).Order(StringComparer.Ordinal), _rows.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_page_has_the_values_and_the_default_of_the_code()
    {
        var expected = ConfigurationCheck.Keys.Select(key => $"{key.Path}: {key.Allowed}: {DefaultOf(key.Default)}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), _rows.Select(row => $"{row.Key}: {row.Value[0]}: {row.Value[1]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_page_gives_a_reason_for_every_default() =>
        Assert.DoesNotContain(_rows, row => row.Value[2].Length < 20);

    private static string DefaultOf(object? value) => value switch
    {
        null => "none",
        bool on => on ? "`true`" : "`false`",
        _ => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
    };

    // | `Broker:Store:Path` | text that is not empty | `./data` | why |
    [GeneratedRegex(@"^\| `(?<key>Broker:[^`]+)` \|(?<cells>.*)\|$")]
    private static partial Regex Row();
}
