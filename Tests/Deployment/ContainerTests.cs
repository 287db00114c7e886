using System.Text.RegularExpressions;
using OrleansBroker.Silo.Configuration;
using OrleansBroker.Silo.Hosting;
using OrleansBroker.Tests.Architecture;

namespace OrleansBroker.Tests.Deployment;

/// <summary>The Dockerfile and the compose files fit the broker.</summary>
public partial class ContainerTests
{
    public static TheoryData<string> ComposeFiles => ["docker-compose.yml", "deploy/cluster/docker-compose.yml"];

    [Fact]
    public void The_image_is_reached_from_outside_and_is_given_settings_that_it_takes()
    {
        Assert.Equal("0.0.0.0", Image.Environment["Broker__Amqp__Address"]);
        Assert.Equal("0.0.0.0", Image.Environment["Broker__Management__Address"]);
        Assert.Equal("0.0.0.0", Image.Environment["Broker__Prometheus__Address"]);
        Assert.Equal("true", Image.Environment["DOTNET_RUNNING_IN_CONTAINER"]);
        Assert.Empty(Image.Problems([]));
    }

    [Fact]
    public void The_image_runs_the_silo_as_nobody_in_particular()
    {
        var lines = Repository.Read("Dockerfile").Split('\n');
        Assert.Contains("USER $APP_UID", lines);
        Assert.Contains("ENTRYPOINT [\"dotnet\", \"/app/OrleansBroker.Silo.dll\"]", lines);
        var server = new ServerOptions();
        int[] ports = [server.Amqp.Tls.Port, server.Amqp.Port, server.Management.Port, PrometheusListener.UsualPort, server.Silo.GatewayPort, server.Silo.Port];
        Assert.Contains($"EXPOSE {string.Join(' ', ports)}", lines);
    }

    [Theory]
    [MemberData(nameof(ComposeFiles))]
    public void Every_silo_of_a_compose_file_is_given_settings_that_it_takes(string file)
    {
        var silos = Services(file).Where(service => service.GetValueOrDefault("image") as string == $"orleansbroker:{Image.Version}").ToList();
        Assert.Equal(file.StartsWith("deploy", StringComparison.Ordinal) ? 3 : 1, silos.Count);
        Assert.All(silos, silo => Assert.Empty(Image.Problems(
            ((IDictionary<object, object>)silo["environment"]).Select(variable => KeyValuePair.Create($"{variable.Key}", $"{variable.Value}")))));
        Assert.All(silos, silo => Assert.True(
            TimeSpan.FromSeconds(int.Parse(((string)silo["stop_grace_period"]).TrimEnd('s'), null)) > new ServerOptions().Silo.DrainTimeout));
    }

    [Theory]
    [MemberData(nameof(ComposeFiles))]
    public void Every_file_that_a_compose_file_mounts_or_builds_from_is_there(string file)
    {
        var folder = Path.Combine(Repository.Root, Path.GetDirectoryName(file)!);
        var sources = Source().Matches(Repository.Read(file)).Select(match => match.Groups["path"].Value).ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, path => Assert.True(Path.Exists(Path.Combine(folder, path)), path));
    }

    private static IEnumerable<Dictionary<string, object>> Services(string file)
    {
        var parser = new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(Repository.Read(file))));
        var compose = new YamlDotNet.Serialization.DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(parser);
        return ((IDictionary<object, object>)compose["services"]).Values
            .Select(service => ((IDictionary<object, object>)service).ToDictionary(entry => (string)entry.Key, entry => entry.Value));
    }

    // A path of this repository: what a bind mount or a build starts with.
    [GeneratedRegex(@"^\s*(?:-|build:) (?<path>\.{1,2}[^:\s]*)", RegexOptions.Multiline)]
    private static partial Regex Source();
}
