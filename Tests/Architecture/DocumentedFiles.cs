using System.Text.RegularExpressions;

namespace OrleansBroker.Tests.Architecture;

/// <summary>Pages that lead through the code lead to files that exist.</summary>
public partial class DocumentedFiles
{
    public static TheoryData<string> Pages => ["README.md", "CONTRIBUTING.md", .. Repository.Files("docs", "*.md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_file_that_a_page_names_exists(string page)
    {
        var missing = NamedFile().Matches(Repository.Read(page))
            .Select(match => match.Groups[1].Value)
            .Where(path => !File.Exists(Path.Combine(Repository.Root, path)));
        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_to_a_file_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        var broken = Link().Matches(Repository.Read(page))
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }

    [Fact]
    public void The_flow_page_names_files_of_all_five_verbs() =>
        Assert.True(NamedFile().Count(Repository.Read("docs/flow.md")) >= 10);

    // `Grains/Hosting/BrokerOptions.cs`: a path in code style with a folder and an ending.
    [GeneratedRegex(@"`([A-Z][\w.-]*(?:/[\w.-]+)+\.(?:cs|csproj|md|json|txt|props))`")]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();
}
