using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Configuration;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.Deployment;

/// <summary>The container image, as its Dockerfile says it is.</summary>
internal static partial class Image
{
    /// <summary>The version of the build, which is the image's tag.</summary>
    public static string Version { get; } = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;

    /// <summary>What the image sets.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = Variable().Matches(Repository.Read("Dockerfile"))
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);

    /// <summary>What a silo in this image would say about variables that a container is started with.</summary>
    public static IReadOnlyList<string> Problems(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var all = Environment.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }

        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(RabbitMqEnvironment.Settings(all.GetValueOrDefault, _ => false))
            .AddInMemoryCollection(all.Select(variable => KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value)))
            .Build();
        return [.. RabbitMqEnvironment.Problems(all.GetValueOrDefault), .. ConfigurationCheck.Problems(configuration)];
    }

    // Broker__Amqp__Address=0.0.0.0, behind ENV or on a line that goes on from it.
    [GeneratedRegex(@"^(?:ENV|   ) (?<name>\w+)=(?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Variable();
}
