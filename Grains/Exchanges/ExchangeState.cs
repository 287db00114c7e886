using System.Diagnostics.CodeAnalysis;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges;

/// <summary>An exchange as its activation holds it: definition, bindings, and the versions of the rows that they were read from.</summary>
internal sealed class ExchangeState(ExchangeId id)
{
    private const int MaxLoads = 100;

    private readonly Dictionary<string, BindingDefinition> _bindings = new(StringComparer.Ordinal);
    private readonly Dictionary<Destination, HashSet<string>> _byDestination = [];

    public ExchangeId Id { get; } = id;

    /// <summary>Null where the exchange does not exist.</summary>
    public ExchangeDefinition? Definition { get; set; }

    /// <summary>Sets it apart from an exchange of the same name before or after it.</summary>
    public long Incarnation { get; set; }

    /// <summary>
    /// The version of the row that changes with every commit; 0 where there is none. Its key has the incarnation in it: an activation
    /// that missed a deletion finds no such row, and never one that happens to have the same version.
    /// </summary>
    public long VersionRow { get; set; }

    /// <summary>
    /// The version that routing tables carry, one more with each change. It begins with the incarnation: no exchange of this name
    /// before or after has it, so that no silo takes a table of one for the other's.
    /// </summary>
    public long Version { get; set; }

    /// <summary>The key of the row that changes with every commit.</summary>
    public string VersionKey => TopologyKeys.ExchangeVersion(Id, Incarnation);

    /// <summary>Whether all silos are known to have heard of this version. Not after a load: somebody else may still be telling them.</summary>
    public bool Announced { get; set; }

    public IReadOnlyDictionary<string, BindingDefinition> Bindings => _bindings;

    /// <summary>The version that a new exchange begins with.</summary>
    public static long FirstVersion(long incarnation) => (incarnation << 32) + 1;

    /// <summary>Whether two versions are of one exchange, not of one that was deleted and another that was declared again.</summary>
    public static bool SameIncarnation(long version, long other) => version >> 32 == other >> 32;

    public bool Has(string key) => _bindings.ContainsKey(key);

    public bool TryGet(string key, [MaybeNullWhen(false)] out BindingDefinition binding) => _bindings.TryGetValue(key, out binding);

    public void Add(string key, BindingDefinition binding)
    {
        _bindings.Add(key, binding);
        if (!_byDestination.TryGetValue(binding.Destination, out var keys))
        {
            _byDestination.Add(binding.Destination, keys = new HashSet<string>(StringComparer.Ordinal));
        }

        keys.Add(key);
    }

    public void Remove(string key)
    {
        if (_bindings.Remove(key, out var binding) && _byDestination.TryGetValue(binding.Destination, out var keys) && keys.Remove(key) && keys.Count == 0)
        {
            _byDestination.Remove(binding.Destination);
        }
    }

    public string[] KeysTo(Destination destination) => _byDestination.TryGetValue(destination, out var keys) ? [.. keys] : [];

    /// <summary>All that a silo needs to route; null where the exchange does not exist.</summary>
    public RoutingTableContents? ToContents() =>
        Definition is null ? null : new RoutingTableContents { Exchange = Definition, Version = Version, Bindings = [.. _bindings.Values] };

    /// <summary>Reads the exchange at one version.</summary>
    public static async Task<ExchangeState> LoadAsync(ITopologyStore store, ExchangeId id)
    {
        for (var load = 0; load < MaxLoads; load++)
        {
            var state = new ExchangeState(id);
            var definition = await store.GetAsync(TopologyKeys.Exchange(id), CancellationToken.None);
            if (definition is null)
            {
                return state;
            }

            state.Definition = TopologyRows.Exchange(definition, out var incarnation);
            state.Incarnation = incarnation;
            var before = await store.GetAsync(state.VersionKey, CancellationToken.None);
            await foreach (var row in store.ScanAsync(TopologyKeys.BindingsFrom(id), null, CancellationToken.None))
            {
                state.Add(row.Key, TopologyRows.Binding(row));
            }

            // A scan is no snapshot: what it read is of one version when the version is the same before and after.
            var after = await store.GetAsync(state.VersionKey, CancellationToken.None);
            if (before is not null && after?.Version == before.Version)
            {
                state.VersionRow = after.Version;
                state.Version = TopologyRows.Number(after);
                return state;
            }
        }

        throw new BrokerException(ReplyCode.InternalError, $"{id} changes too quickly to be read");
    }

    /// <summary>Whether the store still has what was loaded.</summary>
    public async ValueTask<bool> IsCurrentAsync(ITopologyStore store)
    {
        if (Definition is null)
        {
            return await store.GetAsync(TopologyKeys.Exchange(Id), CancellationToken.None) is null;
        }

        return (await store.GetAsync(VersionKey, CancellationToken.None))?.Version == VersionRow;
    }
}
