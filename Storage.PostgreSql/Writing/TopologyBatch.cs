using Npgsql;
using NpgsqlTypes;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>Commits of definitions, one behind the other in one transaction, and then reservations of numbers.</summary>
internal sealed class TopologyBatch(int space) : IBatch<TopologyOperation>
{
    /// <summary>Operations in one batch: they are done one by one, and who waits for the first waits for the last.</summary>
    private const int MaxOperations = 256;

    private readonly List<TopologyOperation> _operations = [];
    private readonly List<ChangeOperation> _changes = [];
    private readonly List<AllocateOperation> _allocations = [];

    public string Sql => "select commit_topology($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    public IReadOnlyList<TopologyOperation> Operations => _operations;

    public bool IsLong => false;

    public void Declare(NpgsqlParameterCollection parameters)
    {
        parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Integer, Value = space });
        NpgsqlDbType[] elements =
        [
            NpgsqlDbType.Integer, NpgsqlDbType.Integer,
            NpgsqlDbType.Bytea, NpgsqlDbType.Bytea, NpgsqlDbType.Bigint, NpgsqlDbType.Boolean,
            NpgsqlDbType.Bytea, NpgsqlDbType.Bigint,
        ];
        foreach (var element in elements)
        {
            parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | element });
        }
    }

    public bool TryAdd(TopologyOperation operation)
    {
        if (_operations.Count == MaxOperations)
        {
            return false;
        }

        _operations.Add(operation);
        switch (operation)
        {
            case ChangeOperation change:
                _changes.Add(change);
                break;
            case AllocateOperation allocation:
                _allocations.Add(allocation);
                break;
        }

        return true;
    }

    public void Fill(NpgsqlParameterCollection parameters)
    {
        var all = _changes.SelectMany(static operation => operation.Changes).ToList();
        var first = new int[_changes.Count];
        var last = new int[_changes.Count];
        for (int i = 0, next = 1; i < first.Length; i++)
        {
            first[i] = next;
            next += _changes[i].Changes.Count;
            last[i] = next - 1;
        }

        // Sequences are rows that are held until the commit: everybody takes them in the same order.
        _allocations.Sort(static (one, other) => one.Sequence.AsSpan().SequenceCompareTo(other.Sequence));
        Array[] values =
        [
            first,
            last,
            all.Select(static change => change.Key).ToArray(),
            all.Select(static change => change.Value).ToArray(),
            all.Select(static change => change.Expected).ToArray(),
            all.Select(static change => change.Write).ToArray(),
            _allocations.Select(static allocation => allocation.Sequence).ToArray(),
            _allocations.Select(static allocation => (long)allocation.Count).ToArray(),
        ];
        for (var i = 0; i < values.Length; i++)
        {
            parameters[4 + i].Value = values[i];
        }
    }

    public void Complete(long[] results)
    {
        for (var i = 0; i < _changes.Count; i++)
        {
            _changes[i].Complete(results[i]);
        }

        for (var i = 0; i < _allocations.Count; i++)
        {
            _allocations[i].Complete(results[_changes.Count + i]);
        }
    }

    public void Clear()
    {
        _operations.Clear();
        _changes.Clear();
        _allocations.Clear();
    }
}
