using System.Reflection;
using System.Xml.Linq;

namespace OrleansBroker.Tests.Architecture;

/// <summary>Which project may see which. A project that is not listed here is not part of the design.</summary>
public class ProjectArrows
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Amqp"] = [],
        ["Grains.Interfaces"] = ["Amqp"],
        ["Storage"] = ["Grains.Interfaces"],
        ["Storage.PostgreSql"] = ["Grains.Interfaces", "Storage"],
        ["ClientLib"] = ["Grains.Interfaces"],
        ["Grains"] = ["Grains.Interfaces", "Storage", "Storage.PostgreSql", "ClientLib"],
        ["Gateway"] = ["Amqp", "Grains.Interfaces", "ClientLib"],
        ["Management"] = ["Amqp", "Grains.Interfaces"],
        ["Silo"] = ["Grains", "Gateway", "Management"],
        ["CommandLine"] = [],
        ["Benchmarks"] = ["Grains", "Silo", "ClientLib"],
        ["FaultLab"] = ["ClientLib", "Silo"],
        ["Tests"] = ["Silo", "Gateway", "Management", "Storage.PostgreSql", "Benchmarks", "CommandLine", "FaultLab"],
    };

    // Samples show what a user does: with the client, or with the broker in a silo of one's own.
    private static readonly string[] AllowedForSamples = ["ClientLib", "Grains"];

    // What CI runs against the built silo is no part of it.
    public static TheoryData<string> Projects =>
        [.. Repository.Files("", "*.csproj").Where(project => !project.StartsWith(".ci/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_lets_it_see(string project)
    {
        var allowed = project.StartsWith("Samples/", StringComparison.Ordinal)
            ? AllowedForSamples
            : Assert.Contains(NameOf(project), Allowed);
        var referenced = Items(project, "ProjectReference").Where(path => !path.Contains('*')).Select(path => NameOf(path.Replace('\\', '/')));
        Assert.Empty(referenced.Except(allowed));
    }

    [Theory]
    [InlineData("Amqp")]
    [InlineData("Grains.Interfaces", "Microsoft.Orleans.Sdk")]
    [InlineData("Storage", "RocksDB", "Microsoft.Extensions.", "ZstdSharp.Port")]
    [InlineData("Storage.PostgreSql", "Npgsql")]
    [InlineData("ClientLib", "Microsoft.Orleans.Client", "Microsoft.Orleans.Streaming", "Microsoft.CodeAnalysis.PublicApiAnalyzers", "Microsoft.Extensions.")]
    public void A_library_depends_on_few_packages(string project, params string[] allowed)
    {
        var packages = Items($"{project}/{project}.csproj", "PackageReference");
        Assert.DoesNotContain(packages, package => !allowed.Any(prefix => package.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_codec_needs_the_base_class_library_only()
    {
        var references = Assembly.Load("OrleansBroker.Amqp").GetReferencedAssemblies().Select(name => name.Name!);
        Assert.DoesNotContain(references, name => !name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Storage")]
    [InlineData("Storage.PostgreSql")]
    [InlineData("Amqp")]
    [InlineData("Grains/Queues/Core")]
    public void Orleans_is_not_used_in(string folder)
    {
        var offending = Repository.SourceFiles(folder).Where(path => Repository.Read(path).Split('\n').Any(line =>
            line.StartsWith("using Orleans.", StringComparison.Ordinal) || line.Contains("global::Orleans.", StringComparison.Ordinal)));
        Assert.Empty(offending);
    }

    [Fact]
    public void Only_the_registration_of_stores_sees_the_stores_insides()
    {
        var offending = Repository.SourceFiles("Grains")
            .Where(path => !path.StartsWith("Grains/Hosting/", StringComparison.Ordinal))
            .Where(path => Repository.Read(path) is var source
                && (source.Contains("using OrleansBroker.Storage.RocksDb", StringComparison.Ordinal)
                    || source.Contains("using OrleansBroker.Storage.PostgreSql", StringComparison.Ordinal)));
        Assert.Empty(offending);
    }

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project);

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Parse(Repository.Read(project)).Descendants(kind).Select(item => item.Attribute("Include")!.Value);
}
