using System.Collections.Concurrent;
using OrleansBroker.FaultLab.History;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load.Clients;

/// <summary>What all clients of a load share.</summary>
internal sealed class LoadScope(LoadPlan plan, LabTopology topology, HistoryLog history)
{
    private volatile bool _isCalm;

    /// <summary>The plan.</summary>
    public LoadPlan Plan => plan;

    /// <summary>The queues and the ways into them.</summary>
    public LabTopology Topology => topology;

    /// <summary>What happens is written there.</summary>
    public HistoryLog History => history;

    /// <summary>Why sessions ended, with how often: outages are expected, and anything else shows here.</summary>
    public ConcurrentDictionary<string, int> Endings { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether consumers only ack, and stay.</summary>
    public bool IsCalm => _isCalm;

    /// <summary>From now on consumers empty the queues: they return nothing and do not leave.</summary>
    public void Calm() => _isCalm = true;
}
