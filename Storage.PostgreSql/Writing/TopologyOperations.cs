using System.Text;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.PostgreSql.Writing;

/// <summary>A commit of definitions, or a reservation of numbers.</summary>
internal abstract class TopologyOperation : Operation
{
    /// <summary>Tells it its result.</summary>
    public abstract void Complete(long result);
}

/// <summary>Commits definitions, all or none.</summary>
internal sealed class ChangeOperation : TopologyOperation
{
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChangeOperation(IReadOnlyList<TopologyChange> changes)
    {
        Changes = Encode(changes);
        Octets = 64 + Changes.Sum(static change => 32 + change.Key.Length + (change.Value?.Length ?? 0));
    }

    public IReadOnlyList<EncodedChange> Changes { get; }

    public Task<bool> Done => _done.Task;

    public override int Octets { get; }

    public override void Complete(long result) => _done.TrySetResult(result == 1);

    public override void Fail(Exception exception) => _done.TrySetException(exception);

    /// <summary>All expectations, and the last write of each key: one statement writes a row once.</summary>
    private static List<EncodedChange> Encode(IReadOnlyList<TopologyChange> changes)
    {
        var encoded = new List<EncodedChange>(changes.Count);
        var writes = new Dictionary<string, int>();
        foreach (var change in changes)
        {
            if (!change.ExpectOnly)
            {
                if (writes.TryGetValue(change.Key, out var before))
                {
                    encoded[before] = encoded[before] with { Write = false };
                }

                writes[change.Key] = encoded.Count;
            }

            encoded.Add(new EncodedChange(Encoding.UTF8.GetBytes(change.Key), change.Value, change.ExpectedVersion, !change.ExpectOnly));
        }

        return encoded;
    }
}

/// <summary>A change with its key as the database has it.</summary>
internal readonly record struct EncodedChange(byte[] Key, byte[]? Value, long? Expected, bool Write);

/// <summary>Reserves numbers of a sequence.</summary>
internal sealed class AllocateOperation(string sequence, int count) : TopologyOperation
{
    private readonly TaskCompletionSource<long> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Sequence { get; } = Encoding.UTF8.GetBytes(sequence);

    public int Count => count;

    public Task<long> Done => _done.Task;

    public override int Octets => 128;

    public override void Complete(long result) => _done.TrySetResult(result);

    public override void Fail(Exception exception) => _done.TrySetException(exception);
}
