using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Stores;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Topology.Rows;

namespace OrleansBroker.Grains.Exchanges;

/// <summary>
/// What a batch of commands changes: applied to the state at once, so that the next command of the batch sees it, and gathered as
/// rows of one commit and news for the silos. When the commit's condition is lost the state is thrown away and loaded again.
/// </summary>
internal sealed class ExchangeCommit(ExchangeState state)
{
    private readonly Dictionary<string, byte[]?> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _expected = new(StringComparer.Ordinal);
    private readonly List<RoutingTableChange> _news = [];
    private readonly long _versionBefore = state.Version;
    private readonly long _versionRowBefore = state.VersionRow;
    private readonly string? _versionKeyBefore = state.Definition is null ? null : state.VersionKey;

    public ExchangeState State => state;

    /// <summary>Whether there is anything to commit.</summary>
    public bool HasChanges => _news.Count > 0;

    /// <summary>Whether the exchange was deleted in it.</summary>
    public bool Deleted { get; private set; }

    /// <summary>What the silos have to hear once it is committed.</summary>
    public IReadOnlyList<RoutingTableChange> News => _news;

    /// <summary>The commit holds only while the row has this version.</summary>
    public void Expect(string key, long version) => _expected[key] = version;

    public void Create(ExchangeDefinition definition, long incarnation)
    {
        state.Definition = definition with { Incarnation = incarnation };
        state.Incarnation = incarnation;
        state.Version = ExchangeState.FirstVersion(incarnation);
        state.VersionRow = 0;
        Expect(TopologyKeys.Exchange(state.Id), 0);
        _rows[TopologyKeys.Exchange(state.Id)] = TopologyRows.Encode(definition, incarnation);
        if (!definition.Durable)
        {
            _rows[TopologyKeys.TransientExchange(state.Id)] = TopologyRows.Marker;
        }

        if (DelayQueue.Of(state.Definition) is { } queue)
        {
            // In the exchange's own commit: no exchange of the type is ever without its queue.
            _rows[TopologyKeys.Queue(queue.Id)] = TopologyRows.Encode(queue);
            if (!queue.Durable)
            {
                _rows[TopologyKeys.TransientQueue(queue.Id)] = TopologyRows.Marker;
            }
        }

        Tell(RoutingChangeKind.Replaced, null);
    }

    public void Delete()
    {
        if (state.Definition is { } deleted && DelayQueue.Of(deleted) is { } queue)
        {
            // Due at once: a sweep wakes the queue, which finds its exchange gone and ends, whatever happens to this silo.
            _rows[TopologyKeys.DueTime(0, queue.Id)] = TopologyRows.Marker;
        }

        foreach (var (key, binding) in state.Bindings.ToArray())
        {
            RemoveRows(key, binding);
        }

        _rows[TopologyKeys.Exchange(state.Id)] = null;
        _rows[TopologyKeys.TransientExchange(state.Id)] = null;
        _rows[state.VersionKey] = null;
        state.Version++;
        state.Definition = null;
        state.VersionRow = 0;
        Deleted = true;
        Tell(RoutingChangeKind.Replaced, null);
    }

    public void Bind(string key, BindingDefinition binding)
    {
        state.Add(key, binding);
        state.Version++;
        _rows[key] = TopologyRows.Encode(binding);
        _rows[TopologyKeys.ReverseBinding(binding)] = TopologyRows.Marker;
        Tell(RoutingChangeKind.Bound, binding);
    }

    /// <summary>Removes the binding, and with the last one the exchange, where it is auto-delete.</summary>
    public void Unbind(string key, BindingDefinition binding)
    {
        RemoveRows(key, binding);
        state.Version++;
        Tell(RoutingChangeKind.Unbound, binding);
        if (state.Definition is { AutoDelete: true } && state.Bindings.Count == 0)
        {
            Delete();
        }
    }

    /// <summary>The changes to commit.</summary>
    public List<TopologyChange> ToChanges()
    {
        if (_versionKeyBefore is not null)
        {
            Expect(_versionKeyBefore, _versionRowBefore);
        }

        if (state.Definition is not null)
        {
            _rows[state.VersionKey] = TopologyRows.Encode(state.Version);
        }

        var changes = new List<TopologyChange>(_rows.Count + _expected.Count);
        foreach (var (key, value) in _rows)
        {
            changes.Add(new(key, value) { ExpectedVersion = _expected.Remove(key, out var version) ? version : null });
        }

        changes.AddRange(_expected.Select(e => TopologyRows.Expect(e.Key, e.Value)));
        return changes;
    }

    /// <summary>The commit succeeded: the rows have their new versions.</summary>
    public void Committed()
    {
        if (state.Definition is not null)
        {
            state.VersionRow++;
        }
    }

    /// <summary>The news with, in front, what silos may not have heard of yet because an earlier activation was telling them.</summary>
    public List<RoutingTableChange> NewsAfter(bool announced) =>
        announced ? _news : [new() { Exchange = state.Id, Version = _versionBefore, Kind = RoutingChangeKind.Replaced }, .. _news];

    private void RemoveRows(string key, BindingDefinition binding)
    {
        state.Remove(key);
        _rows[key] = null;
        _rows[TopologyKeys.ReverseBinding(binding)] = null;
    }

    private void Tell(RoutingChangeKind kind, BindingDefinition? binding) =>
        _news.Add(new() { Exchange = state.Id, Version = state.Version, Kind = kind, Binding = binding });
}
