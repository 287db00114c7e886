using System.Buffers.Binary;
using System.Text;
using OrleansBroker.Grains.Interfaces.Stores;

namespace OrleansBroker.Storage.RocksDb.Writing;

/// <summary>Commits changes of definitions, if the versions that they expect hold.</summary>
internal sealed class TopologyOperation : Operation<bool>
{
    private readonly IReadOnlyList<TopologyChange> _changes;

    public TopologyOperation(IReadOnlyList<TopologyChange> changes)
    {
        _changes = changes;
        Octets = 64;
        for (var i = 0; i < changes.Count; i++)
        {
            Octets += 32 + changes[i].Key.Length + (changes[i].Value?.Length ?? 0);
        }
    }

    public override int Octets { get; }

    public override Step Apply(BatchBuilder batch)
    {
        foreach (var change in _changes)
        {
            if (change.ExpectedVersion is { } expected && batch.Topology.VersionOf(change.Key) != expected)
            {
                return Step.Taken;
            }
        }

        foreach (var change in _changes)
        {
            if (!change.ExpectOnly)
            {
                Write(batch, change);
            }
        }

        Result = true;
        return Step.Taken;
    }

    private static void Write(BatchBuilder batch, TopologyChange change)
    {
        var key = Encoding.UTF8.GetBytes(change.Key);
        if (change.Value is not { } value)
        {
            batch.Delete(batch.Database.Topology, key);
            batch.Topology.SetVersion(change.Key, 0);
            return;
        }

        var version = batch.Topology.VersionOf(change.Key) + 1;
        var row = batch.Scratch(TopologyChanges.VersionOctets + value.Length)[..(TopologyChanges.VersionOctets + value.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(row, version);
        value.CopyTo(row[TopologyChanges.VersionOctets..]);
        batch.Put(batch.Database.Topology, key, row);
        batch.Topology.SetVersion(change.Key, version);
    }
}

/// <summary>Reserves numbers of a sequence.</summary>
internal sealed class AllocateOperation(string sequence, int count) : Operation<long>
{
    public override Step Apply(BatchBuilder batch)
    {
        Result = batch.Topology.NextOf(sequence);
        var next = Result + count;
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(value, next);
        batch.Put(batch.Database.Sequences, Encoding.UTF8.GetBytes(sequence), value);
        batch.Topology.SetNext(sequence, next);
        return Step.Taken;
    }
}
