using Microsoft.Extensions.Options;

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
    public static IEnumerable<string> Contradictions(BrokerOptions options)
    {
        if (options.Store.Provider == StoreProvider.PostgreSql)
        {
            yield return $"{BrokerOptions.Section}:Store:Provider is 'PostgreSql'; it is not available in this version; allowed: RocksDb, Memory.";
        }
        else if (options.Store.ConnectionString is not null)
        {
            yield return $"{BrokerOptions.Section}:Store:ConnectionString is set; allowed: only with {BrokerOptions.Section}:Store:Provider PostgreSql, as the embedded stores connect to nothing.";
        }

        if (options.Topology.LeaseRenewal >= options.Topology.LeaseDuration)
        {
            yield return $"{BrokerOptions.Section}:Topology:LeaseRenewal is '{options.Topology.LeaseRenewal}'; allowed: less than {BrokerOptions.Section}:Topology:LeaseDuration, which is '{options.Topology.LeaseDuration}'.";
        }
    }
}
