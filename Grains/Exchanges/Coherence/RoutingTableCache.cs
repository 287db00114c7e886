using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Interfaces.Exchanges;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Routing;
using OrleansBroker.Grains.Topology;

namespace OrleansBroker.Grains.Exchanges.Coherence;

/// <summary>
/// The tables themselves and until when they may be used. Publishers read it from any thread, without a lock; what changes it takes
/// one, for it comes from grains, the lease and loads alike.
/// </summary>
internal sealed class RoutingTableCache(TimeProvider time, IOptions<TopologyOptions> options) : IRoutingNewsHandler
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ExchangeId, TableLoad> _loads = [];
    private volatile ConcurrentDictionary<ExchangeId, RoutingTable?> _tables = new();
    private volatile ConcurrentDictionary<string, bool> _virtualHosts = new(StringComparer.Ordinal);
    private long _virtualHostStamp;
    private long _validUntil = long.MinValue;
    private long _generation;
    private long _leaseNumber;
    private Func<ExchangeDefinition, string?> _alternateOf = static _ => null;

    /// <summary>Another one with each lease that begins anew: what was known under an earlier one does not count.</summary>
    public long LeaseNumber => Volatile.Read(ref _leaseNumber);

    public long Generation => Volatile.Read(ref _generation);

    public bool IsCurrent => time.GetTimestamp() < Volatile.Read(ref _validUntil);

    public bool TryGetTable(ExchangeId id, out RoutingTable? table)
    {
        if (IsCurrent)
        {
            return _tables.TryGetValue(id, out table);
        }

        table = null;
        return false;
    }

    /// <summary>The lease was renewed, nobody took it away meanwhile: the tables are as good as before.</summary>
    public void Extend(long validUntil)
    {
        lock (_gate)
        {
            if (!IsCurrent)
            {
                Interlocked.Increment(ref _generation);
            }

            Volatile.Write(ref _validUntil, validUntil);
        }
    }

    /// <summary>A new lease begins, and what was heard or missed before it does not count: everything is fetched again.</summary>
    public void StartOver(long validUntil)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _leaseNumber);
            DropAll();
            Volatile.Write(ref _validUntil, validUntil);
        }
    }

    /// <summary>Policies give exchanges other alternates from now on, those that are held and those that are loaded later.</summary>
    public void SetAlternates(Func<ExchangeDefinition, string?> alternateOf)
    {
        lock (_gate)
        {
            _alternateOf = alternateOf;
            foreach (var (id, table) in _tables)
            {
                if (table?.WithPolicyAlternate(alternateOf(table.Exchange)) is { } changed && changed != table)
                {
                    _tables[id] = changed;
                }
            }

            Interlocked.Increment(ref _generation);
        }
    }

    /// <summary>The silo stops routing.</summary>
    public void End() => StartOver(long.MinValue);

    public ValueTask HandleAsync(RoutingNews news)
    {
        lock (_gate)
        {
            foreach (var change in news.Changes)
            {
                Apply(change);
            }

            if (news.DeletedVirtualHost is { } name)
            {
                _virtualHosts.TryRemove(name, out _);
                _virtualHostStamp++;
            }

            // After the tables: who sees the new generation sees the new tables.
            Interlocked.Increment(ref _generation);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The load under way for the exchange, or a new one, which <paramref name="begin"/> sets off.</summary>
    public Task Load(ExchangeId id, Func<TableLoad, Task> begin)
    {
        lock (_gate)
        {
            if (!_loads.TryGetValue(id, out var load))
            {
                _loads.Add(id, load = new TableLoad(id));
                load.Done = begin(load);
            }

            return load.Done;
        }
    }

    /// <summary>Installs what was loaded, unless news that came meanwhile do not fit to it.</summary>
    public void FinishLoad(TableLoad load, RoutingTable? table)
    {
        lock (_gate)
        {
            if (EndLoad(load) && load.TryFinish(ref table))
            {
                if (_tables.Count >= options.Value.MaxRoutingTables)
                {
                    DropAll();
                }

                _tables[load.Id] = table?.WithPolicyAlternate(_alternateOf(table.Exchange));
            }
        }
    }

    /// <summary>The load failed.</summary>
    public void AbandonLoad(TableLoad load)
    {
        lock (_gate)
        {
            EndLoad(load);
        }
    }

    public bool KnowsVirtualHost(string name) => IsCurrent && _virtualHosts.ContainsKey(name);

    /// <summary>To be taken before a virtual host is looked up, and given back with what was found.</summary>
    public long BeginVirtualHostLookup()
    {
        lock (_gate)
        {
            return _virtualHostStamp;
        }
    }

    /// <summary>Keeps that the virtual host exists, unless one was deleted since the look-up began.</summary>
    public void AddVirtualHost(string name, long stamp)
    {
        lock (_gate)
        {
            if (stamp == _virtualHostStamp)
            {
                _virtualHosts[name] = true;
            }
        }
    }

    private bool EndLoad(TableLoad load) => _loads.TryGetValue(load.Id, out var current) && current == load && _loads.Remove(load.Id);

    private void Apply(RoutingTableChange change)
    {
        if (_loads.TryGetValue(change.Exchange, out var load))
        {
            load.Hear(change);
        }

        if (!_tables.TryGetValue(change.Exchange, out var table))
        {
            return;
        }

        if (RoutingTableUpdate.TryApply(ref table, change))
        {
            _tables[change.Exchange] = table;
        }
        else
        {
            _tables.TryRemove(change.Exchange, out _);
        }
    }

    private void DropAll()
    {
        foreach (var load in _loads.Values)
        {
            load.Void();
        }

        _tables = new();
        _virtualHosts = new(StringComparer.Ordinal);
        _virtualHostStamp++;
        Interlocked.Increment(ref _generation);
    }
}
