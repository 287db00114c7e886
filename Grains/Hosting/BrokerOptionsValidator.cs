using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Access;
using OrleansBroker.Grains.Topology;

namespace OrleansBroker.Grains.Hosting;

/// <summary>Refuses, at start, values that cannot be.</summary>
internal sealed class BrokerOptionsValidator : IValidateOptions<BrokerOptions>
{
    public ValidateOptionsResult Validate(string? name, BrokerOptions options)
    {
        List<string> problems = [.. OptionKey.Problems(options), .. Contradictions(options)];
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>Values that are possible one by one, but not together or not yet.</summary>
    public static IEnumerable<string> Contradictions(BrokerOptions options) =>
        StoreProblems(options).Concat(TopologyProblems(options.Topology)).Concat(AccessRules.Problems(options.Access));

    private static IEnumerable<string> StoreProblems(BrokerOptions options)
    {
        if (options.Store.Provider == StoreProvider.PostgreSql && string.IsNullOrWhiteSpace(options.Store.ConnectionString))
        {
            yield return $"{BrokerOptions.Section}:Store:ConnectionString is not set while {BrokerOptions.Section}:Store:Provider is 'PostgreSql'; allowed: Npgsql's connection string, such as Host=db;Database=broker;Username=broker.";
        }
        else if (options.Store.Provider != StoreProvider.PostgreSql && options.Store.ConnectionString is not null)
        {
            yield return $"{BrokerOptions.Section}:Store:ConnectionString is set; allowed: only with {BrokerOptions.Section}:Store:Provider PostgreSql, as the embedded stores connect to nothing.";
        }
    }

    private static IEnumerable<string> TopologyProblems(TopologyOptions topology)
    {
        if (topology.LeaseRenewal >= topology.LeaseDuration)
        {
            yield return $"{BrokerOptions.Section}:Topology:LeaseRenewal is '{topology.LeaseRenewal}'; allowed: less than {BrokerOptions.Section}:Topology:LeaseDuration, which is '{topology.LeaseDuration}'.";
        }

        foreach (var name in topology.ConfiguredVirtualHosts.Where(name => !EntityNames.IsVirtualHost(name)))
        {
            yield return $"{BrokerOptions.Section}:Topology:VirtualHosts is '{topology.VirtualHosts}'; allowed: names parted by commas, of at most 255 octets and without line breaks, which '{name}' is not.";
        }
    }
}
