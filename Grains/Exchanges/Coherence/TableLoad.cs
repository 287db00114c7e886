using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>
/// A table on its way to this silo. News that come meanwhile are kept and applied to what was loaded: a load that began before a
/// change must not install the table from before it.
/// </summary>
internal sealed class TableLoad(ExchangeId id)
{
    // More news than this during one load make the load start again, so that they cannot fill the memory.
    private const int MaxNews = 10_000;

    private readonly List<RoutingTableChange> _news = [];
    private bool _void;

    public ExchangeId Id { get; } = id;

    /// <summary>Completes when the table was installed, or has to be loaded again.</summary>
    public Task Done { get; set; } = Task.CompletedTask;

    public void Hear(RoutingTableChange change)
    {
        if (_news.Count == MaxNews)
        {
            Void();
            return;
        }

        _news.Add(change);
    }

    /// <summary>The lease was lost: who knows what was not heard.</summary>
    public void Void()
    {
        _void = true;
        _news.Clear();
    }

    /// <summary>Brings the loaded table up to date; false when that cannot be and it has to be loaded again.</summary>
    public bool TryFinish(ref RoutingTable? table)
    {
        if (_void)
        {
            return false;
        }

        foreach (var change in _news)
        {
            if (!RoutingTableUpdate.TryApply(ref table, change))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>How one change is applied to a held table.</summary>
internal static class RoutingTableUpdate
{
    /// <summary>False: what is held and the change do not follow one another, the table has to be fetched.</summary>
    public static bool TryApply(ref RoutingTable? table, RoutingTableChange change)
    {
        if (table is null)
        {
            return false;
        }

        if (table.Version >= change.Version && ExchangeState.SameIncarnation(table.Version, change.Version))
        {
            return true;
        }

        if (table.Version + 1 != change.Version || change.Binding is not { } binding)
        {
            return false;
        }

        switch (change.Kind)
        {
            case RoutingChangeKind.Bound:
                table = table.WithBinding(binding, change.Version);
                return true;
            case RoutingChangeKind.Unbound:
                table = table.WithoutBinding(binding, change.Version);
                return true;
            default:
                return false;
        }
    }
}
