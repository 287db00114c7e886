using Microsoft.Extensions.Configuration;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Silo.Configuration;

/// <summary>
/// Compares the configuration, whatever source a key came from, with the keys that the options classes declare. A typo that goes
/// unnoticed would start a broker that is not the one that was asked for.
/// </summary>
internal static class ConfigurationCheck
{
    private static readonly string[] Secrets = ["ConnectionString", "Password"];

    /// <summary>Every key that exists.</summary>
    public static IReadOnlyList<OptionKey> Keys { get; } =
        [.. OptionKey.Of(typeof(ServerOptions)), .. OptionKey.Of(typeof(BrokerOptions))];

    /// <summary>What is wrong, one sentence each; empty where nothing is.</summary>
    public static IReadOnlyList<string> Problems(IConfiguration configuration)
    {
        var problems = new List<string>();
        foreach (var (path, value) in configuration.GetSection(BrokerOptions.Section).AsEnumerable())
        {
            // A section has no value of its own.
            if (value is null && configuration.GetSection(path).GetChildren().Any())
            {
                continue;
            }

            var key = Keys.FirstOrDefault(known => known.Matches(path));
            if (key is null && !(path == BrokerOptions.Section && value is null))
            {
                problems.Add($"{path} is {Shown(path, value)}, but there is no such key; {Nearest(path)}");
            }
            else if (key is not null && !key.TryParse(value, out _))
            {
                problems.Add($"{path} is {Shown(path, value)}; allowed: {key.Allowed}.");
            }
        }

        return problems.Count > 0 ? problems : [.. Contradictions(configuration)];
    }

    private static IEnumerable<string> Contradictions(IConfiguration configuration)
    {
        var section = configuration.GetSection(BrokerOptions.Section);
        var broker = Options<BrokerOptions>(section);
        var server = Options<ServerOptions>(section);
        if (broker.Store.Provider == StoreProvider.RocksDb && server.Silo.PrimaryPort is { } primary)
        {
            yield return $"{BrokerOptions.Section}:Silo:PrimaryPort is '{primary}' while {BrokerOptions.Section}:Store:Provider is 'RocksDb'; allowed: PostgreSql, or Memory for development, on every silo of the cluster. "
                + "RocksDb is one silo's own disk: other silos could neither read it nor take its queues over when it dies.";
        }

        foreach (var problem in BrokerOptionsValidator.Contradictions(broker))
        {
            yield return problem;
        }

        foreach (var problem in server.Cluster.Contradictions(broker, server.Silo))
        {
            yield return problem;
        }

        foreach (var problem in server.Amqp.Tls.Contradictions())
        {
            yield return problem;
        }

        List<(string Key, int Port)> ports =
        [
            ("Amqp:Port", server.Amqp.Port),
            ("Management:Port", server.Management.Port),
            ("Silo:Port", server.Silo.Port),
            ("Silo:GatewayPort", server.Silo.GatewayPort),
        ];
        if (server.Amqp.Tls.IsEnabled)
        {
            ports.Add(("Amqp:Tls:Port", server.Amqp.Tls.Port));
        }

        if (server.Prometheus.Port is > 0 and var prometheus)
        {
            ports.Add(("Prometheus:Port", prometheus));
        }

        foreach (var same in ports.GroupBy(port => port.Port).Where(group => group.Count() > 1))
        {
            yield return $"{string.Join(" and ", same.Select(port => $"{BrokerOptions.Section}:{port.Key}"))} are both '{same.Key}'; allowed: a port of its own for each.";
        }
    }

    /// <summary>The options as the section sets them; <see cref="Problems"/> has checked that it can.</summary>
    public static T Options<T>(IConfiguration section)
        where T : new()
    {
        var options = new T();
        section.Bind(options);
        return options;
    }

    // Logs outlive secrets.
    private static string Shown(string path, string? value) =>
        path.StartsWith("Broker:Access:", StringComparison.OrdinalIgnoreCase) || Secrets.Any(name => path.EndsWith(name, StringComparison.OrdinalIgnoreCase))
            ? "set (its value is not shown)"
            : $"'{value}'";

    private static string Nearest(string path)
    {
        var parent = path[..(path.LastIndexOf(':') + 1)];
        var siblings = Keys.Where(key => key.Path.StartsWith(parent, StringComparison.OrdinalIgnoreCase) && parent.Length > BrokerOptions.Section.Length + 1)
            .Select(key => key.Path)
            .ToList();
        return siblings.Count > 0
            ? $"allowed there: {string.Join(", ", siblings)}."
            : $"allowed: {string.Join(", ", Keys.Select(key => key.Path))}.";
    }
}
