using Npgsql;
using NpgsqlTypes;
using OrleansBroker.Storage.Rows;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>Writes of many queues, at most one of each: the function applies them all at once.</summary>
internal sealed class QueueBatch(Action<long> removed) : IBatch<QueueOperation>
{
    /// <summary>Numbers that a quick call removes at most: a server deletes some hundred thousand rows a second.</summary>
    private const long QuickRemoval = 200_000;

    private readonly List<QueueOperation> _operations = [];
    private readonly HashSet<long> _queues = [];
    private readonly RowBuffer _rows = new();
    private readonly List<ReadOnlyMemory<byte>> _states = [];
    private readonly List<long> _appendedQueues = [];
    private readonly List<short> _appendedPriorities = [];
    private readonly List<long> _appendedSequences = [];
    private readonly List<bool> _appendedTransient = [];
    private readonly List<long?> _appendedExpiries = [];
    private readonly List<ReadOnlyMemory<byte>> _appendedData = [];
    private readonly List<long> _markedQueues = [];
    private readonly List<short> _markedPriorities = [];
    private readonly List<long> _markedSequences = [];
    private readonly List<int> _markedCounts = [];
    private readonly List<long> _removedQueues = [];
    private readonly List<short> _removedPriorities = [];
    private readonly List<long> _removedFirst = [];
    private readonly List<long> _removedLast = [];
    private long _removal;

    public string Sql =>
        "select commit_queues($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";

    public IReadOnlyList<QueueOperation> Operations => _operations;

    public bool IsLong => _removal > QuickRemoval;

    public void Declare(NpgsqlParameterCollection parameters)
    {
        NpgsqlDbType[] elements =
        [
            NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea, NpgsqlDbType.Boolean,
            NpgsqlDbType.Bigint, NpgsqlDbType.Smallint, NpgsqlDbType.Bigint, NpgsqlDbType.Boolean, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea,
            NpgsqlDbType.Bigint, NpgsqlDbType.Smallint, NpgsqlDbType.Bigint, NpgsqlDbType.Integer,
            NpgsqlDbType.Bigint, NpgsqlDbType.Smallint, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint,
        ];
        foreach (var element in elements)
        {
            parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Array | element });
        }
    }

    public bool TryAdd(QueueOperation operation)
    {
        var write = operation.Write;
        if (!_queues.Add(write.Incarnation))
        {
            return false;
        }

        _operations.Add(operation);
        _states.Add(_rows.Add(QueueRow.Size(write.State), write.State, static (state, row) => new QueueRow(0, 0, QueueTraits.None).Write(state, row)));
        for (var i = 0; i < write.Appended.Count; i++)
        {
            var message = write.Appended[i];
            _appendedQueues.Add(write.Incarnation);
            _appendedPriorities.Add(message.Position.Priority);
            _appendedSequences.Add(message.Position.Sequence);
            _appendedTransient.Add(message.Transient);
            _appendedExpiries.Add(message.ExpiresAt);
            _appendedData.Add(_rows.Add(MessageRow.MaxSize(message), message, static (stored, row) => MessageRow.Write(stored, row)));
        }

        for (var i = 0; i < write.Requeued.Count; i++)
        {
            var requeued = write.Requeued[i];
            _markedQueues.Add(write.Incarnation);
            _markedPriorities.Add(requeued.Position.Priority);
            _markedSequences.Add(requeued.Position.Sequence);
            _markedCounts.Add(requeued.DeliveryCount);
        }

        for (var i = 0; i < write.Removed.Count; i++)
        {
            var range = write.Removed[i];
            _removedQueues.Add(write.Incarnation);
            _removedPriorities.Add(range.Priority);
            _removedFirst.Add(range.First);
            _removedLast.Add(range.Last);
            _removal += range.Last - range.First + 1;
        }

        return true;
    }

    public void Fill(NpgsqlParameterCollection parameters)
    {
        Array[] values =
        [
            _operations.ConvertAll(operation => operation.Write.Incarnation).ToArray(),
            _operations.ConvertAll(operation => operation.Write.Epoch).ToArray(),
            _states.ToArray(),
            _operations.ConvertAll(operation => operation.Write.State.Released).ToArray(),
            _appendedQueues.ToArray(), _appendedPriorities.ToArray(), _appendedSequences.ToArray(), _appendedTransient.ToArray(),
            _appendedExpiries.ToArray(), _appendedData.ToArray(),
            _markedQueues.ToArray(), _markedPriorities.ToArray(), _markedSequences.ToArray(), _markedCounts.ToArray(),
            _removedQueues.ToArray(), _removedPriorities.ToArray(), _removedFirst.ToArray(), _removedLast.ToArray(),
        ];
        for (var i = 0; i < values.Length; i++)
        {
            parameters[3 + i].Value = values[i];
        }
    }

    /// <summary>The first result is how many messages were removed, the others are the queues that were refused.</summary>
    public void Complete(long[] results)
    {
        removed(results[0]);
        foreach (var operation in _operations)
        {
            operation.Complete(results.AsSpan(1).IndexOf(operation.Write.Incarnation) < 0);
        }
    }

    public void Clear()
    {
        _operations.Clear();
        _queues.Clear();
        _rows.Clear();
        _states.Clear();
        _appendedQueues.Clear();
        _appendedPriorities.Clear();
        _appendedSequences.Clear();
        _appendedTransient.Clear();
        _appendedExpiries.Clear();
        _appendedData.Clear();
        _markedQueues.Clear();
        _markedPriorities.Clear();
        _markedSequences.Clear();
        _markedCounts.Clear();
        _removedQueues.Clear();
        _removedPriorities.Clear();
        _removedFirst.Clear();
        _removedLast.Clear();
        _removal = 0;
    }
}
